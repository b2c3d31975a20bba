import { isUtf8 } from 'node:buffer';
import { isFieldTable } from '../fields/field-table-check.js';
import { FLAG } from '../properties/property-list-writer.js';
import type { OutgoingMessage } from './outgoing-message.js';

/**
 * Whether what a worker wants to publish can be put on the wire. The broker closes the connection over bytes that it
 * cannot read, and with it everybody's publishes; and what is decoded here later must not throw.
 */

const FLAG_BYTES = 2;
const LENGTH_BYTES = 4;
const LONG_LONG_BYTES = 8;
const HIGHEST_MODE = 2;
/** The high word of the largest whole number that a double holds. */
const MAX_SAFE_HIGH = 2 ** 21 - 1;
const KNOWN_FLAGS = Object.values(FLAG).reduce<number>((all, flag) => all | flag, 0);
const NOT_ASCII = 0x80;

/** True for a message that can be put on the wire as it is; the packer of the workers makes no other. */
export function isSendable({ memory, routeAt, propertiesAt, bodyAt }: OutgoingMessage): boolean {
  const routingKeyAt = shortStringEnd(memory, routeAt, propertiesAt);
  if (routingKeyAt < 0 || shortStringEnd(memory, routingKeyAt, propertiesAt) !== propertiesAt) return false;
  return isPropertyList(memory, propertiesAt, bodyAt);
}

function isPropertyList(memory: Buffer, start: number, end: number): boolean {
  if (start + FLAG_BYTES > end) return false;
  const flags = memory.readUInt16BE(start);
  if ((flags & ~KNOWN_FLAGS) !== 0) return false;
  let at = start + FLAG_BYTES;
  // By their bits, from the highest on. A negative offset stays one: `memory` has nothing there.
  for (let flag: number = FLAG.contentType; flag >= FLAG.clusterId && at >= 0; flag >>= 1) {
    if ((flags & flag) === 0) continue;
    if (flag === FLAG.headers) at = tableEnd(memory, at, end);
    else if (flag === FLAG.deliveryMode) at = modeEnd(memory, at, end);
    else if (flag === FLAG.priority) at = at + 1 > end ? -1 : at + 1;
    else if (flag === FLAG.timestamp) at = timestampEnd(memory, at, end);
    else at = shortStringEnd(memory, at, end);
  }
  return at === end;
}

function modeEnd(memory: Buffer, at: number, end: number): number {
  const mode = memory[at] ?? 0;
  return at < end && mode >= 1 && mode <= HIGHEST_MODE ? at + 1 : -1;
}

function timestampEnd(memory: Buffer, at: number, end: number): number {
  return at + LONG_LONG_BYTES <= end && memory.readUInt32BE(at) <= MAX_SAFE_HIGH ? at + LONG_LONG_BYTES : -1;
}

function tableEnd(memory: Buffer, at: number, end: number): number {
  const start = at + LENGTH_BYTES;
  if (start > end) return -1;
  const length = memory.readUInt32BE(at);
  if (length === 0) return start;
  const tableAt = start + length;
  return tableAt <= end && isFieldTable(memory.subarray(start, tableAt)) ? tableAt : -1;
}

function shortStringEnd(memory: Buffer, at: number, end: number): number {
  if (at >= end) return -1;
  const textAt = at + 1;
  const textEnd = textAt + (memory[at] ?? 0);
  if (textEnd > end) return -1;
  // Nearly all names are ASCII, and a look at each byte of those costs less than the call.
  for (let index = textAt; index < textEnd; index++) {
    if ((memory[index] ?? 0) >= NOT_ASCII) return isUtf8(memory.subarray(textAt, textEnd)) ? textEnd : -1;
  }
  return textEnd;
}
