import { Ajv, type Options, type ValidateFunction } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { ConfigurationError, messageOf } from '../../src/errors/index.js';
import { describeError } from './schema-error.js';
import { type Draft, type SchemaDocument, SchemaFiles } from './schema-files.js';

const VALIDATORS = { 'draft-07': Ajv, '2019-09': Ajv2019, '2020-12': Ajv2020 } as const satisfies Record<
  Draft,
  unknown
>;
/** In a larger body so much may be wrong that all of it is never worth its memory: then the first error is told alone. */
const ALL_ERRORS_BYTES = 64 * 1024;
const OPTIONS: Options = {
  // A keyword or format that does not exist is a slip, and would check nothing.
  strictSchema: true,
  strictTypes: false,
  strictTuples: false,
  // What every object inherits is in no body: `required: [constructor]` would always be met.
  ownProperties: true,
  logger: false,
};

/** A JSON Schema, compiled. The value is not changed by it: no defaults, no conversions. */
export class JsonSchema {
  private readonly first: ValidateFunction;
  private readonly all: ValidateFunction;

  /**
   * Reads a schema and what it refers to: files only, never the network.
   * @throws ConfigurationError `CONSUMER_SCHEMA_INVALID`
   */
  static async load(file: string): Promise<JsonSchema> {
    return new JsonSchema(await compile(file, { allErrors: false }), await compile(file, { allErrors: true }));
  }

  private constructor(first: ValidateFunction, all: ValidateFunction) {
    this.first = first;
    this.all = all;
  }

  /** What is wrong with a value, or nothing. @param bytes that it was parsed from */
  check(value: unknown, bytes: number): readonly string[] | undefined {
    try {
      if (this.first(value)) return undefined;
      const told = bytes <= ALL_ERRORS_BYTES ? this.all : this.first;
      if (told === this.all) told(value);
      return (told.errors ?? []).map(describeError);
    } catch (error) {
      // One that is nested deeper than our stack, which a recursive schema walks down.
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
  /** Keywords that begin with `x-` are notes of somebody's, and mean nothing here. */
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

/** Names that could be such keywords; one that is a property's name does no harm as a keyword. */
function notesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(/^x-[\w$:-]*$/i.test(key) ? [key] : []),
    ...notesIn(inner),
  ]);
}
