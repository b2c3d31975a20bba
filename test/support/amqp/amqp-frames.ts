import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The frames of AMQP 0-9-1 by amqplib's tables, for servers that send what no broker would. */

interface Definitions {
  encodeMethod(id: number, channel: number, fields: object): Buffer;
  encodeProperties(id: number, channel: number, size: number, fields: object): Buffer;
  decode(id: number, args: Buffer): Readonly<Record<string, unknown>>;
  info(id: number): { readonly name: string };
  readonly [name: string]: unknown;
}

const load = createRequire(import.meta.url);
const definitions: Definitions = load(join(dirname(load.resolve('amqplib')), 'lib', 'defs.js'));

export const FRAME = { method: 1, header: 2, body: 3, heartbeat: 8, end: 0xce } as const;
const HEAD_BYTES = 7;

export interface Frame {
  readonly type: number;
  readonly channel: number;
  readonly payload: Buffer;
}

/** The number of a method, class and method combined: `methodId('BasicDeliver')`. */
export function methodId(name: string): number {
  const id = definitions[name];
  if (typeof id !== 'number') throw new RangeError(`AMQP has no method ${name}`);
  return id;
}

/** The name of the method in a method frame: `BasicDeliver`. */
export function methodName({ payload }: Frame): string {
  return definitions.info(payload.readUInt32BE()).name;
}

export function methodFrame(name: string, channel: number, fields: object = {}): Buffer {
  return definitions.encodeMethod(methodId(name), channel, fields);
}

export function decodeMethod(name: string, { payload }: Frame): Readonly<Record<string, unknown>> {
  return definitions.decode(methodId(name), payload.subarray(4));
}

export function headerFrame(channel: number, size: number, properties: object = {}): Buffer {
  return definitions.encodeProperties(methodId('BasicProperties'), channel, size, properties);
}

export function rawFrame(type: number, channel: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(type);
  head.writeUInt16BE(channel, 1);
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.of(FRAME.end)]);
}

/** The whole frames at the beginning of the bytes, and the rest. */
export function splitFrames(bytes: Buffer): { readonly frames: readonly Frame[]; readonly rest: Buffer } {
  const frames: Frame[] = [];
  let rest = bytes;
  while (rest.length > HEAD_BYTES && rest.length >= HEAD_BYTES + rest.readUInt32BE(3) + 1) {
    const end = HEAD_BYTES + rest.readUInt32BE(3);
    frames.push({ type: rest.readUInt8(), channel: rest.readUInt16BE(1), payload: rest.subarray(HEAD_BYTES, end) });
    rest = rest.subarray(end + 1);
  }
  return { frames, rest };
}
