import { isUtf8 } from 'node:buffer';
import { isFieldTable } from '../fields/field-table-check.js';
import { hasKnownFlags, type PropertyVisitor, walkProperties } from '../properties/property-fields.js';
import type { OutgoingMessage } from './outgoing-message.js';
import { behindShortString } from './short-string.js';

/**
 * Whether what a worker wants to publish can be put on the wire. The broker closes the connection over bytes that it
 * cannot read, and with it everybody's publishes; and what is decoded here later must not throw.
 */

const HIGHEST_MODE = 2;
/** The high word of the largest whole number that a double holds. */
const MAX_SAFE_HIGH = 2 ** 21 - 1;
const NOT_ASCII = 0x80;

/** True for a message that can be put on the wire as it is; the packer of the workers makes no other. */
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
  // Nearly all names are ASCII, and a look at each byte of those costs less than the call.
  for (let index = start; index < end; index++) {
    if ((memory[index] ?? 0) >= NOT_ASCII) return isUtf8(memory.subarray(start, end));
  }
  return true;
}
