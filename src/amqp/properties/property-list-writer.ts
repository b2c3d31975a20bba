import type { Publish } from '../messages/publish.js';
import type { WireWriter } from '../messages/wire-writer.js';

/** The properties that are texts. */
export const TEXT_PROPERTIES = [
  'contentType',
  'contentEncoding',
  'correlationId',
  'replyTo',
  'expiration',
  'messageId',
  'type',
  'userId',
  'appId',
  'clusterId',
] as const;

/** The bit of each property; values follow in the order of the bits, from the highest on. */
export const FLAG = {
  contentType: 0x8000,
  contentEncoding: 0x4000,
  headers: 0x2000,
  deliveryMode: 0x1000,
  priority: 0x0800,
  correlationId: 0x0400,
  replyTo: 0x0200,
  expiration: 0x0100,
  messageId: 0x0080,
  timestamp: 0x0040,
  type: 0x0020,
  userId: 0x0010,
  appId: 0x0008,
  clusterId: 0x0004,
} as const;

const BEFORE_HEADERS = ['contentType', 'contentEncoding'] as const;
const BEFORE_TIMESTAMP = ['correlationId', 'replyTo', 'expiration', 'messageId'] as const;
const BEHIND_TIMESTAMP = ['type', 'userId', 'appId', 'clusterId'] as const;

/** The most that the list takes, apart from its headers: 10 texts, and all the rest. */
export const MAX_PLAIN_LIST = TEXT_PROPERTIES.length * 256 + 2 + 4 + 1 + 1 + 8;
const FLAG_BYTES = 2;
const PERSISTENT = 2;
const TRANSIENT = 1;

/** Writes the properties and headers as a content header carries them. @throws RangeError when a text is too long */
export function writePropertyList(writer: WireWriter, { properties, headers }: Publish): void {
  const { persistent, priority, timestamp } = properties;
  let flags: number = FLAG.headers | FLAG.deliveryMode;
  const writeTexts = (names: readonly (typeof TEXT_PROPERTIES)[number][]): void => {
    for (const name of names) {
      const text = properties[name];
      if (text === undefined) continue;
      flags |= FLAG[name];
      writer.shortString(text);
    }
  };
  const flagsAt = writer.at;
  writer.at += FLAG_BYTES;
  writeTexts(BEFORE_HEADERS);
  writer.long(headers.length);
  if (headers.length > 0) writer.bytes(headers);
  writer.octet(persistent ? PERSISTENT : TRANSIENT);
  if (priority !== undefined) {
    flags |= FLAG.priority;
    writer.octet(priority);
  }
  writeTexts(BEFORE_TIMESTAMP);
  if (timestamp !== undefined) {
    flags |= FLAG.timestamp;
    writer.longLong(timestamp);
  }
  writeTexts(BEHIND_TIMESTAMP);
  writer.memory.writeUInt16BE(flags, flagsAt);
}
