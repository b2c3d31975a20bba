/**
 * Where a message was published, as AMQP carries it: two short strings, exchange and routing key. They cross to the worker
 * as these bytes; whoever asks decodes them.
 */

export interface Route {
  readonly exchange: string;
  readonly routingKey: string;
}

/** @throws RangeError when the bytes are not two short strings */
export function decodeRoute(bytes: Uint8Array): Route {
  const [exchange, next] = shortString(bytes, 0);
  const [routingKey, end] = shortString(bytes, next);
  if (end !== bytes.length) throw new RangeError('a route has bytes behind its routing key');
  return { exchange, routingKey };
}

export function encodeRoute({ exchange, routingKey }: Route): Uint8Array {
  return Buffer.concat(
    [exchange, routingKey].flatMap((text) => [Buffer.of(Buffer.byteLength(text)), Buffer.from(text)]),
  );
}

/** True for a message that was published straight to a queue, through the default exchange, whose name is empty. */
export function isDefaultExchange(route: Uint8Array): boolean {
  return route[0] === 0;
}

function shortString(bytes: Uint8Array, at: number): [text: string, end: number] {
  const end = at + 1 + (bytes[at] ?? Number.NaN);
  if (!(end <= bytes.length)) throw new RangeError('a route ends in the middle of a short string');
  return [Buffer.from(bytes.buffer, bytes.byteOffset + at + 1, end - at - 1).toString(), end];
}
