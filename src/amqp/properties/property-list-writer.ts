import type { Publish } from '../messages/publish.js';
import type { WireWriter } from '../messages/wire-writer.js';
import { FLAG_BYTES, PROPERTY_FIELDS, type PropertyField } from './property-fields.js';

const PERSISTENT = 2;
const TRANSIENT = 1;

/** Writes a property list. @throws RangeError when a text is too long */
export function writePropertyList(writer: WireWriter, publish: Publish): void {
  let flags = 0;
  const flagsAt = writer.at;
  writer.at += FLAG_BYTES;
  for (const [name, , flag] of PROPERTY_FIELDS) if (writeValue(writer, publish, name)) flags |= flag;
  writer.memory.writeUInt16BE(flags, flagsAt);
}

function writeValue(writer: WireWriter, { properties, headers }: Publish, name: PropertyField[0]): boolean {
  switch (name) {
    case 'headers':
      writer.long(headers.length);
      writer.bytes(headers);
      return true;
    case 'deliveryMode':
      writer.octet(properties.persistent ? PERSISTENT : TRANSIENT);
      return true;
    case 'priority':
      if (properties.priority === undefined) return false;
      writer.octet(properties.priority);
      return true;
    case 'timestamp':
      if (properties.timestamp === undefined) return false;
      writer.longLong(properties.timestamp);
      return true;
    default: {
      const text = properties[name];
      if (text === undefined) return false;
      writer.shortString(text);
      return true;
    }
  }
}
