import { type DecodePlan, type StartStep, startStep } from '../../src/bridge/index.js';
import { type Decode, jsonDecoder } from '../message/json-decoder.js';
import type { JsonSchema } from './json-schema.js';

/** Compiles each schema once per thread. */
export class DecoderLoader {
  private readonly schemas = new Map<string, JsonSchema>();
  private readonly onStep: (step: StartStep) => void;

  /** @param onStep called before a schema is compiled */
  constructor(onStep: (step: StartStep) => void = () => undefined) {
    this.onStep = onStep;
  }

  /** @throws ConfigurationError `CONSUMER_SCHEMA_INVALID` */
  async decoder({ json }: DecodePlan): Promise<Decode> {
    return jsonDecoder(json.schema === undefined ? undefined : await this.schema(json.schema.file));
  }

  private async schema(file: string): Promise<JsonSchema> {
    const known = this.schemas.get(file);
    if (known !== undefined) return known;
    this.onStep(startStep('schema', `schema "${file}"`));
    // Most files have no schemas, and every thread would wait.
    const { JsonSchema: loaded } = await import('./json-schema.js');
    const schema = await loaded.load(file);
    this.schemas.set(file, schema);
    return schema;
  }
}
