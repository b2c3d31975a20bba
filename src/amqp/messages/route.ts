import { behindShortString, SHORT_STRING_BYTES } from './short-string.js';

/** Exchange and routing key; they cross to the worker as two short strings, decoded on demand. */

export interface Route {
  readonly exchange: string;
  readonly routingKey: string;
}

/** @throws RangeError when the bytes are not two short strings */
export function decodeRoute(bytes: Uint8Array): Route {
  const { exchange, routingKey } = splitRoute(bytes);
  return { exchange: exchange.toString(), routingKey: routingKey.toString() };
}

/** The same as bytes: other clients send invalid UTF-8. */
export interface RawRoute {
  readonly exchange: Buffer;
  readonly routingKey: Buffer;
}

/** @throws RangeError when the bytes are not two short strings */
export function splitRoute(bytes: Uint8Array): RawRoute {
  const [exchange, next] = shortString(bytes, 0);
  const [routingKey, end] = shortString(bytes, next);
  if (end !== bytes.length) throw new RangeError('a route has bytes after its routing key');
  return { exchange, routingKey };
}

/** @throws RangeError when a name exceeds a short string */
export function encodeRoute({ exchange, routingKey }: Record<keyof Route, string | Uint8Array>): Uint8Array {
  return Buffer.concat([...shortStringOf(exchange), ...shortStringOf(routingKey)]);
}

/** True for the default exchange, whose name is empty. */
export function isDefaultExchange(route: Uint8Array): boolean {
  return route[0] === 0;
}

function shortStringOf(text: string | Uint8Array): [length: Uint8Array, bytes: Uint8Array] {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  if (bytes.length > SHORT_STRING_BYTES) throw new RangeError(`a short string has ${bytes.length} bytes`);
  return [Buffer.of(bytes.length), bytes];
}

function shortString(bytes: Uint8Array, at: number): [text: Buffer, end: number] {
  const end = behindShortString(bytes, at);
  if (!(end <= bytes.length)) throw new RangeError('a route ends in the middle of a short string');
  return [Buffer.from(bytes.buffer, bytes.byteOffset + at + 1, end - at - 1), end];
}
