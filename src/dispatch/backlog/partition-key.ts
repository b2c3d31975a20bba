import { decodeRoute, findFieldText, findHeaders, findPropertyText, type ReceivedMessage } from '../../amqp/index.js';
import { assertNever, RECORD_HEADERS } from '../../bridge/index.js';
import type { PartitionBy } from '../../config/index.js';

/** What a message's partition is known by; undefined for one that belongs to none. */
export type KeyReader = (message: ReceivedMessage) => string | undefined;

/** Reads the key that an entry's messages are kept in order by. */
export function keyReader(by: PartitionBy): KeyReader {
  switch (by.kind) {
    case 'routing_key':
      return ({ route }) => decodeRoute(route).routingKey;
    case 'property': {
      const find: KeyReader = ({ properties }) => findPropertyText(properties, by.name);
      if (by.name !== 'userId') return find;
      // The copy that a retry makes has it there: beside the one before it, it would be of no user.
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
