import type { PartitionBy } from '../config/index.js';
import {
  assertNever,
  decodeRoute,
  findFieldText,
  findHeaders,
  findPropertyText,
  type ReceivedMessage,
} from '../protocol/index.js';

/** What a message's partition is known by; undefined for one that belongs to none. */
export type KeyReader = (message: ReceivedMessage) => string | undefined;

/** Reads the key that an entry's messages are kept in order by. */
export function keyReader(by: PartitionBy): KeyReader {
  switch (by.kind) {
    case 'routing_key':
      return ({ route }) => decodeRoute(route).routingKey;
    case 'property':
      return ({ properties }) => findPropertyText(properties, by.name);
    case 'header': {
      const name = Buffer.from(by.name);
      return ({ properties }) => {
        const headers = findHeaders(properties);
        return headers === undefined ? undefined : findFieldText(headers, name);
      };
    }
    default:
      return assertNever(by);
  }
}
