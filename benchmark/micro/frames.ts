import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { PlainFrame } from '../../src/broker/frame-reader.js';
import { FRAME, headerFrame, methodFrame, rawFrame } from '../../test/support/amqp/amqp-frames.js';
import { LandingBytes } from '../../test/support/amqp/landing-bytes.js';
import type { Measured } from './clock.js';

/** Reading the frames of messages out of a socket's chunk: ours beside amqplib's own. */

interface AmqplibFrames {
  parseFrame(bytes: Buffer, max: number): (PlainFrame & { readonly rest: Buffer }) | false;
  decodeFrame(frame: PlainFrame): object;
}

const MESSAGES = 16;
const BODY_BYTES = 200;

const load = createRequire(import.meta.url);
const amqplib: AmqplibFrames = load(join(dirname(load.resolve('amqplib')), 'lib', 'frame.js'));

/** `MESSAGES` deliveries as the broker sends them. */
export function makeChunk(): Buffer {
  const frames: Buffer[] = [];
  for (let deliveryTag = 1; deliveryTag <= MESSAGES; deliveryTag++) {
    const fields = { consumerTag: 'Consumer.0.host-1-abc', deliveryTag, redelivered: false, exchange: '' };
    frames.push(methodFrame('BasicDeliver', 1, { ...fields, routingKey: 'jobs' }));
    frames.push(headerFrame(1, BODY_BYTES, { deliveryMode: 2, contentType: 'application/json' }));
    frames.push(rawFrame(FRAME.body, 1, Buffer.alloc(BODY_BYTES, 'x')));
  }
  return Buffer.concat(frames);
}

export function framesBenchmarks(): Measured[] {
  const chunk = makeChunk();
  const landing = new LandingBytes({ decodePlain: (frame) => amqplib.decodeFrame(frame), onFrame: () => undefined });
  return [
    {
      name: 'frames: read by our reader',
      messages: MESSAGES,
      run: () => landing.push(chunk),
    },
    {
      name: 'frames: read by amqplib',
      messages: MESSAGES,
      run: () => {
        let frame = amqplib.parseFrame(Buffer.concat([chunk]), 0);
        while (frame !== false) {
          amqplib.decodeFrame(frame);
          frame = amqplib.parseFrame(frame.rest, 0);
        }
      },
    },
  ];
}
