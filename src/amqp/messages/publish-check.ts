import { isUtf8 } from 'node:buffer';
import { isFieldTable } from '../fields/field-table-check.js';
import { hasKnownFlags, type PropertyVisitor, walkProperties } from '../properties/property-fields.js';
import type { OutgoingMessage } from './outgoing-message.js';
import { behindShortString } from './short-string.js';

const HIGHEST_MODE = 2;
const MAX_SAFE_HIGH = 2 ** 21 - 1;
const NOT_ASCII = 0x80;

/**
 * True when a worker's message can go on the wire: the broker would close the connection, with everybody's publishes,
 * over unreadable bytes, and later decoding must not throw.
 */
export function isSendable({ memory, routeAt, propertiesAt, bodyAt }: OutgoingMessage): boolean {
  const routingKeyAt = behindShortString(memory, routeAt);
  if (behindShortString(memory, routingKeyAt) !== propertiesAt) return false;
  if (!isText(memory, routeAt + 1, routingKeyAt) || !isText(memory, routingKeyAt + 1, propertiesAt)) return false;
  if (!hasKnownFlags(memory, propertiesAt)) return false;
  const isValue: PropertyVisitor = ([name, kind], start, end) => {
    if (kind === 'text') return isText(memory, start, end);
    if (kind === 'table') return start === end || isFieldTable(memory.subarray(start, end));
    if (kind === 'time') return memory.readUInt32BE(start) <= MAX_SAFE_HIGH;
    const octet = memory[start] ?? 0;
    return name === 'priority' || (octet >= 1 && octet <= HIGHEST_MODE);
  };
  return walkProperties(memory, propertiesAt, bodyAt, isValue) === bodyAt;
}

function isText(memory: Buffer, start: number, end: number): boolean {
  // Nearly all names are ASCII, and checking their bytes is cheaper than the call.
  for (let index = start; index < end; index++) {
    if ((memory[index] ?? 0) >= NOT_ASCII) return isUtf8(memory.subarray(start, end));
  }
  return true;
}
