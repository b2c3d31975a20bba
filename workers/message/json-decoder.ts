import { messageOf } from '../../src/errors/index.js';
import type { JsonSchema } from '../load/json-schema.js';
import type { ConsumerMessage } from './consumer-message.js';

/** Returns the errors of a message, if any. Never throws. */
export type Decode = (message: ConsumerMessage) => readonly string[] | undefined;

/** @param schema absent: any JSON */
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
