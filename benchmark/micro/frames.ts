import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { FRAME, headerFrame, methodFrame, rawFrame } from '../../test/support/amqp/amqp-frames.js';
import { FedFrameReader } from '../../test/support/amqp/fed-frame-reader.js';
import type { Measured } from './clock.js';

/** Reading message frames out of a socket's chunk: ours next to amqplib's. */

interface PlainFrame {
  readonly rest: Buffer;
}

interface AmqplibFrames {
  parseFrame(bytes: Buffer, max: number): PlainFrame | false;
  decodeFrame(frame: PlainFrame): object;
}

const MESSAGES = 16;
const BODY_BYTES = 200;

const load = createRequire(import.meta.url);
const amqplib: AmqplibFrames = load(join(dirname(load.resolve('amqplib')), 'lib', 'frame.js'));

const ignore = (): void => undefined;

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
  const reader = new FedFrameReader({ message: ignore, frame: ignore, body: ignore });
  return [
    {
      name: 'frames: read by our reader',
      messages: MESSAGES,
      run: () => reader.push(chunk),
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
