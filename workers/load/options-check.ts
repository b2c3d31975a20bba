import type { ModuleReference, OptionFault } from '../../src/bridge/index.js';
import { ConfigurationError, messageOf } from '../../src/errors/index.js';
import { nameOf } from './user-export.js';

type OptionTable = Readonly<Record<string, unknown>>;

/** Options with the defaults of the class's schema, and what that schema refuses. */
export interface CheckedOptions {
  readonly options: OptionTable;
  readonly faults: readonly OptionFault[];
}

/**
 * Checks an entry's options against `static options` of its class, a JSON Schema. A class without one takes anything.
 * @throws ConfigurationError `CONSUMER_SCHEMA_INVALID`
 */
export async function checkOptions(
  subjectClass: object,
  reference: ModuleReference,
  options: OptionTable,
): Promise<CheckedOptions> {
  const schema: unknown = Reflect.get(subjectClass, 'options');
  if (schema === undefined) return { options, faults: [] };
  try {
    if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) throw new Error('it is no object');
    // Loaded when it is needed: most classes have no schema, and every thread would wait for ajv.
    const { applySchema } = await import('./options-schema.js');
    return applySchema(schema, options);
  } catch (error) {
    const why = `static options of ${nameOf(reference)} is no JSON Schema that can be used: ${messageOf(error)}`;
    throw new ConfigurationError('CONSUMER_SCHEMA_INVALID', why, { cause: error });
  }
}

/**
 * Returns the options with their defaults.
 * @param path where the file names the entry
 * @throws ConfigurationError `CONSUMER_OPTIONS_INVALID`, which lists every fault, or `CONSUMER_SCHEMA_INVALID`
 */
export async function acceptedOptions(
  subjectClass: object,
  { reference, options, path }: { reference: ModuleReference; options: OptionTable; path: string },
): Promise<OptionTable> {
  const checked = await checkOptions(subjectClass, reference, options);
  if (checked.faults.length === 0) return checked.options;
  const told = checked.faults.map((fault) => `${path}.${written(fault)} ${fault.message}`);
  throw new ConfigurationError('CONSUMER_OPTIONS_INVALID', told.join('; '));
}

function written({ path }: OptionFault): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`))
    .join('');
}
