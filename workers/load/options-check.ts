import type { ModuleReference, OptionFault, SlotSpec } from '../../src/bridge/index.js';
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
    const checked = applySchema(schema, options);
    const by = `static options of ${nameOf(reference)}`;
    return {
      ...checked,
      faults: checked.faults.map(({ path, message }) => ({ path, message: withSource(message, by) })),
    };
  } catch (error) {
    const why = `static options of ${nameOf(reference)} is no JSON Schema that can be used: ${messageOf(error)}`;
    throw new ConfigurationError('CONSUMER_SCHEMA_INVALID', why, { cause: error });
  }
}

/** One pair of parentheses, also behind `(expected …)`. */
function withSource(message: string, by: string): string {
  return message.endsWith(')') ? `${message.slice(0, -1)}; ${by})` : `${message} (${by})`;
}

/**
 * Returns the options with their defaults.
 * @param path where the file names the entry
 * @throws ConfigurationError `CONSUMER_OPTIONS_INVALID`, which lists every fault, or `CONSUMER_SCHEMA_INVALID`
 */
export async function acceptedOptions(
  subjectClass: object,
  { reference, options, path, optionPlaces = {} }: Pick<SlotSpec, 'reference' | 'options' | 'path' | 'optionPlaces'>,
): Promise<OptionTable> {
  const checked = await checkOptions(subjectClass, reference, options);
  if (checked.faults.length === 0) return checked.options;
  const told = checked.faults.map((fault) => `${placeOf(fault, path, optionPlaces)}  ${fault.message}`);
  throw new ConfigurationError('CONSUMER_OPTIONS_INVALID', told.join('\n'));
}

/** As `--validate` writes it: the place of the option, or of the nearest part that the file has, and the option. */
function placeOf({ path }: OptionFault, entry: string, places: Readonly<Record<string, string>>): string {
  for (let length = path.length; length > 0; length--) {
    const place = places[JSON.stringify(path.slice(0, length))];
    if (place !== undefined) return `${place}${written(path.slice(length), '.')}`;
  }
  return `${entry}${written(path, '.')}`;
}

function written(path: OptionFault['path'], first: string): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? first : '.'}${step}`))
    .join('');
}
