import { decodeRoute, findFieldText, findHeaders, findPropertyText, type ReceivedMessage } from '../../amqp/index.js';
import { assertNever, RECORD_HEADERS } from '../../bridge/index.js';
import type { PartitionBy } from '../../config/index.js';

/** Returns the key of a message, if it has one. */
export type KeyReader = (message: ReceivedMessage) => string | undefined;

/** Makes the reader of an entry's `partition_by`. */
export function keyReader(by: PartitionBy): KeyReader {
  switch (by.kind) {
    case 'routing_key':
      return ({ route }) => decodeRoute(route).routingKey;
    case 'property': {
      const find: KeyReader = ({ properties }) => findPropertyText(properties, by.name);
      if (by.name !== 'userId') return find;
      // Where a retried copy keeps its user.
      const findCopied = headerReader(RECORD_HEADERS.userId);
      return (message) => find(message) ?? findCopied(message);
    }
    case 'header':
      return headerReader(by.name);
    default:
      return assertNever(by);
  }
}

function headerReader(header: string): KeyReader {
  const name = Buffer.from(header);
  return ({ properties }) => {
    const headers = findHeaders(properties);
    return headers === undefined ? undefined : findFieldText(headers, name);
  };
}
