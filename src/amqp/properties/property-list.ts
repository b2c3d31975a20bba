/**
 * The properties of a message as AMQP carries them: a word of flags, then the values that it announces, in this order. They
 * cross to the worker as these bytes and are decoded when a consumer looks: most never do.
 */

/** The AMQP properties apart from headers; `timestamp` is in seconds. */
export interface WireProperties {
  readonly [name: string]: string | number | undefined;
}

/** A decoded property list; the headers stay a field table in AMQP encoding, empty when there are none. */
export interface PropertyList {
  readonly properties: WireProperties;
  readonly headers: Uint8Array;
}

/** What a list can have, headers included. The first of them has the highest bit of the flags. */
export const PROPERTY_FIELDS = [
  ['contentType', 'text'],
  ['contentEncoding', 'text'],
  ['headers', 'table'],
  ['deliveryMode', 'octet'],
  ['priority', 'octet'],
  ['correlationId', 'text'],
  ['replyTo', 'text'],
  ['expiration', 'text'],
  ['messageId', 'text'],
  ['timestamp', 'time'],
  ['type', 'text'],
  ['userId', 'text'],
  ['appId', 'text'],
  ['clusterId', 'text'],
] as const;

export type PropertyField = (typeof PROPERTY_FIELDS)[number];

export const FLAG_BYTES = 2;
export const HIGHEST_FLAG = 0x8000;
/** The bit of `headers` in the first byte. */
const HEADERS_FLAG = 0x20;
const EMPTY = new Uint8Array();

/** True when the list has a table of headers. */
export function hasHeaders(bytes: Uint8Array): boolean {
  return ((bytes[0] ?? 0) & HEADERS_FLAG) !== 0;
}

/** @throws RangeError when the list ends in the middle of a value */
export function decodePropertyList(bytes: Uint8Array): PropertyList {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const properties: Record<string, string | number> = {};
  let headers: Uint8Array = EMPTY;
  let offset = 0;
  const take = (length: number): number => {
    const start = offset;
    offset += length;
    if (offset > buffer.length) throw new RangeError('a property list ends in the middle of a value');
    return start;
  };
  const flags = buffer.readUInt16BE(take(FLAG_BYTES));
  PROPERTY_FIELDS.forEach(([name, kind], index) => {
    if ((flags & (HIGHEST_FLAG >> index)) === 0) return;
    switch (kind) {
      case 'text': {
        const length = buffer.readUInt8(take(1));
        const start = take(length);
        properties[name] = buffer.toString('utf8', start, start + length);
        return;
      }
      case 'octet':
        properties[name] = buffer.readUInt8(take(1));
        return;
      case 'time':
        properties[name] = Number(buffer.readBigUInt64BE(take(8)));
        return;
      case 'table': {
        const length = buffer.readUInt32BE(take(4));
        const start = take(length);
        headers = buffer.subarray(start, start + length);
      }
    }
  });
  return { properties, headers };
}
