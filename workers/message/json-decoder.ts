import { messageOf } from '../../src/errors/index.js';
import type { JsonSchema } from '../load/json-schema.js';
import type { ConsumerMessage } from './consumer-message.js';

/** Looks at one message before user code does: what is wrong with it, or nothing. Never throws. */
export type Decode = (message: ConsumerMessage) => readonly string[] | undefined;

/** @param schema absent: any JSON is valid */
export function jsonDecoder(schema?: JsonSchema): Decode {
  return (message) => {
    let value: unknown;
    try {
      value = message.decodeJson();
    } catch (error) {
      return [messageOf(error)];
    }
    return schema?.check(value, message.body.length);
  };
}
