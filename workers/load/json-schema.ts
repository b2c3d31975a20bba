import { Ajv, type Options, type ValidateFunction } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { ConfigurationError, messageOf } from '../../src/errors/index.js';
import { describeError } from './schema-error.js';
import { type Draft, type SchemaDocument, SchemaFiles } from './schema-files.js';

/** The validators of ajv by draft. */
export const VALIDATORS = { 'draft-07': Ajv, '2019-09': Ajv2019, '2020-12': Ajv2020 } as const satisfies Record<
  Draft,
  unknown
>;
/** In a larger body all errors could take too much memory. */
const ALL_ERRORS_BYTES = 64 * 1024;
export const OPTIONS: Options = {
  // A typo would check nothing.
  strictSchema: true,
  strictTypes: false,
  strictTuples: false,
  // `required: [constructor]` would always hold.
  ownProperties: true,
  logger: false,
};

/** A compiled JSON Schema; it changes no values. */
export class JsonSchema {
  private readonly first: ValidateFunction;
  private readonly all: ValidateFunction;

  /** Reads files only, never the network. @throws ConfigurationError `CONSUMER_SCHEMA_INVALID` */
  static async load(file: string): Promise<JsonSchema> {
    return new JsonSchema(await compile(file, { allErrors: false }), await compile(file, { allErrors: true }));
  }

  private constructor(first: ValidateFunction, all: ValidateFunction) {
    this.first = first;
    this.all = all;
  }

  /** @param bytes size of the body */
  check(value: unknown, bytes: number): readonly string[] | undefined {
    try {
      if (this.first(value)) return undefined;
      const told = bytes <= ALL_ERRORS_BYTES ? this.all : this.first;
      if (told === this.all) told(value);
      return (told.errors ?? []).map(describeError);
    } catch (error) {
      // A deeply nested body overflows a recursive schema's stack.
      return [`the body cannot be checked: ${messageOf(error)}`];
    }
  }
}

async function compile(file: string, { allErrors }: { readonly allErrors: boolean }): Promise<ValidateFunction> {
  const files = new SchemaFiles();
  const root = await files.read(file);
  const ajv = new VALIDATORS[files.draft]({
    ...OPTIONS,
    allErrors,
    loadSchema: async (uri) => annotated(await files.refer(uri)),
  });
  formats.default(ajv);
  /** `x-` keywords are annotations. */
  function annotated(document: SchemaDocument): SchemaDocument {
    for (const note of notesIn(document)) if (ajv.getKeyword(note) === false) ajv.addKeyword(note);
    return document;
  }
  try {
    return await ajv.compileAsync(annotated(root));
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const why = messageOf(error).replace(/^AnySchema .* is loaded but (.*) cannot be resolved$/, '"$1" does not exist');
    throw new ConfigurationError('CONSUMER_SCHEMA_INVALID', `schema "${file}" cannot be used: ${why}`, {
      cause: error,
    });
  }
}

/** Property names that look the same do no harm. */
export function notesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(/^x-[\w$:-]*$/i.test(key) ? [key] : []),
    ...notesIn(inner),
  ]);
}
