import type { ErrorObject, ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import type { OptionFault } from '../../src/bridge/index.js';
import { notesIn, OPTIONS, VALIDATORS } from './json-schema.js';
import type { CheckedOptions } from './options-check.js';
import { describeFault } from './schema-error.js';
import { DRAFT_BY_URI, type Draft } from './schema-files.js';

type Table = Readonly<Record<string, unknown>>;

/** Compiling takes milliseconds, and all instances of an entry share the class. */
const compiled = new WeakMap<object, ValidateFunction>();

/** Checks options and fills in the schema's defaults, in a copy. @throws what ajv says of a schema that is none */
export function applySchema(schema: object, given: Table): CheckedOptions {
  const validate = compiled.get(schema) ?? compile({ ...schema });
  compiled.set(schema, validate);
  const options = structuredClone(given);
  validate(options);
  return { options, faults: (validate.errors ?? []).filter(isCause).map(faultOf) };
}

function compile(schema: Table): ValidateFunction {
  const { $schema: dialect } = schema;
  const draft = draftOf(dialect);
  if (draft === undefined) throw new Error(`"$schema" is ${JSON.stringify(dialect)}, which is not known`);
  // A validation that is a promise would be true whatever it comes to.
  if ('$async' in schema) throw new Error('it has "$async"');
  const ajv = new VALIDATORS[draft]({ ...OPTIONS, allErrors: true, useDefaults: true, verbose: true });
  formats.default(ajv);
  for (const note of notesIn(schema)) if (ajv.getKeyword(note) === false) ajv.addKeyword(note);
  return ajv.compile(schema);
}

function draftOf(dialect: unknown): Draft | undefined {
  if (dialect === undefined) return 'draft-07';
  return typeof dialect === 'string' ? DRAFT_BY_URI.get(dialect.replace(/#$/, '')) : undefined;
}

/** `if` reports that `then` failed, which has its own error. */
function isCause({ keyword }: ErrorObject): boolean {
  return keyword !== 'if';
}

function faultOf(error: ErrorObject): OptionFault {
  const { keyword, params, instancePath } = error;
  const path = ['options', ...stepsOf(instancePath)];
  if (keyword === 'required' || keyword === 'dependentRequired') {
    return { path: [...path, String(params.missingProperty)], message: 'is missing' };
  }
  if (keyword === 'additionalProperties' || keyword === 'unevaluatedProperties') {
    const key = String(params.additionalProperty ?? params.unevaluatedProperty);
    return { path: [...path, key], message: `is not a known option${knownIn(error.parentSchema)}` };
  }
  return { path, message: describeFault(error) };
}

function knownIn(schema: ErrorObject['parentSchema']): string {
  const properties: unknown = schema?.['properties'];
  if (typeof properties !== 'object' || properties === null) return '';
  return ` (expected one of ${Object.keys(properties).join(', ')})`;
}

/** A JSON pointer as keys and indexes. */
function stepsOf(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => {
      const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
      return /^(?:0|[1-9]\d*)$/.test(key) ? Number(key) : key;
    });
}
