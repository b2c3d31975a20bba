import { isNativeError, isRegExp } from 'node:util/types';
import { bytesOf, flawOf } from '../../src/amqp/index.js';
import type { Body } from '../../src/consumer-api/index.js';
import { messageOf } from '../../src/errors/index.js';

/** RabbitMQ's limit, whatever `max_message_size` says (https://www.rabbitmq.com/docs/limits). */
const LARGEST_BYTES = 512 * 1024 * 1024;
/** JSON shows some objects like this, seldom on purpose. */
const EMPTY_OBJECT = '{}';

export interface EncodedBody {
  readonly bytes: Uint8Array;
  readonly contentType: string | undefined;
}

/** @throws TypeError that says what to write instead */
export function encodeBody(body: Body): EncodedBody {
  const encoded = encode(body);
  const { length } = encoded.bytes;
  if (length > LARGEST_BYTES) {
    throw new TypeError(`body has ${length} bytes (RabbitMQ accepts at most ${LARGEST_BYTES})`);
  }
  return encoded;
}

function encode(body: Body): EncodedBody {
  if (typeof body === 'string') return { bytes: Buffer.from(body, 'utf8'), contentType: undefined };
  if (typeof body === 'object' && body !== null) {
    // packing copies it
    const bytes = body instanceof Uint8Array ? body : bytesOf(body);
    if (bytes !== undefined) return { bytes, contentType: undefined };
    const flaw = flawOf(body);
    if (flaw !== undefined) throw new TypeError(`body is ${flaw}`);
  }
  let json: string | undefined;
  try {
    json = JSON.stringify(body);
  } catch (error) {
    throw new TypeError(`body cannot be sent as JSON: ${messageOf(error)}`, { cause: error });
  }
  if (json === undefined)
    throw new TypeError(`body must be a Buffer, a string or a value that JSON can represent, not ${typeof body}`);
  if (json.includes(EMPTY_OBJECT)) refuseWhatIsLost(body, json);
  return { bytes: Buffer.from(json, 'utf8'), contentType: 'application/json' };
}

/** Refuses what JSON emptied; the body has no circles by now. */
function refuseWhatIsLost(body: unknown, json: string): void {
  if (json === EMPTY_OBJECT && (isNativeError(body) || isRegExp(body)) && !('toJSON' in body)) {
    throw new TypeError(
      `body is ${isRegExp(body) ? 'a RegExp' : 'an Error'}, which JSON cannot represent (send its text)`,
    );
  }
  refuseFlaws(body, 'body');
}

function refuseFlaws(value: unknown, path: string): void {
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return;
  const flaw = flawOf(value);
  if (flaw !== undefined) throw new TypeError(`${path} is ${flaw}`);
  const isList = Array.isArray(value);
  for (const [key, inner] of Object.entries(value)) refuseFlaws(inner, isList ? `${path}[${key}]` : `${path}.${key}`);
}
