import { isSendable } from '../../src/amqp/index.js';
import { encodePublishes } from '../../src/amqp/wire/index.js';
import { PublishPacker, type PublishRequest, unpackPublishes } from '../../src/bridge/index.js';
import { encodePublish } from '../../workers/publish/publish-encoder.js';
import type { Measured } from './clock.js';

/** The path of a publish: encoded and packed in the worker; unpacked, checked and framed on the main thread. */

const MESSAGES = 16;
const BODY_BYTES = 200;
const TERMS = { number: 1, frameMax: 131_072 };

export function publishBenchmarks(): Measured[] {
  const body = Buffer.alloc(BODY_BYTES, 'x');
  const encode = () => encodePublish('events', 'jobs.done', {}, body, { persistent: false, messageId: 'some-id' });
  const requests = Array.from(
    { length: MESSAGES },
    (_, requestId): PublishRequest => ({ requestId, claimId: { cell: requestId, generation: 1 }, publish: encode() }),
  );
  const packer = new PublishPacker();
  const pack = (): ArrayBuffer => {
    for (const request of requests) packer.add(request);
    return packer.take();
  };
  const packed = pack();
  const messages = (unpackPublishes(packed) ?? []).map(({ message }) => message);
  return [
    { name: 'publish: encode the arguments', messages: 1, run: () => void encode() },
    { name: 'publish: pack', messages: MESSAGES, run: () => void pack() },
    { name: 'publish: unpack', messages: MESSAGES, run: () => void unpackPublishes(packed) },
    { name: 'publish: check', messages: MESSAGES, run: () => void messages.every(isSendable) },
    { name: 'publish: put into frames', messages: MESSAGES, run: () => void encodePublishes(TERMS, messages) },
  ];
}
