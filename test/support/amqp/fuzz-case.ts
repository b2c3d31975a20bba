import type { Socket } from 'node:net';
import { reset } from '../network/reset.js';
import type { SeededRandom } from '../seeded-random.js';
import { FRAME, headerFrame, methodFrame, rawFrame } from './amqp-frames.js';
import { confirmFrame, deliveryFrames, type Line, type Part } from './fake-broker.js';

/** How long a connection may go on after its fault: long enough for the client to have read it. */
const LINGER_MS = 12;
const STAGES = [
  'ConnectionStart',
  'ConnectionTune',
  'ConnectionOpenOk',
  'ChannelOpenOk',
  'QueueDeclareOk',
  'ChannelCloseOk',
  'BasicQosOk',
  'BasicConsumeOk',
  'BasicDeliver',
  'BasicDeliver',
  'BasicDeliver',
  'ConfirmSelectOk',
  'BasicAck',
  'BasicAck',
] as const;
const TAGS = [0, 1, 2, 3, 4, 7, 1_000, 2 ** 32 - 2, 2 ** 32, 2 ** 53, 2 ** 63];

/** A fault: the bytes to send instead of a line. */
type Fault = (line: Line, random: SeededRandom) => Buffer;

function flipped(bytes: Buffer, random: SeededRandom, times: number): Buffer {
  const changed = Buffer.from(bytes);
  for (let left = times; left > 0; left--) {
    const at = random.below(changed.length);
    changed.writeUInt8(changed.readUInt8(at) ^ (1 << random.below(8)), at);
  }
  return changed;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'one bit flipped': ({ bytes }, random) => flipped(bytes, random, 1),
  'some bits flipped': ({ bytes }, random) => flipped(bytes, random, 2 + random.below(8)),
  'a bit of the frame head flipped': ({ bytes }, random) =>
    Buffer.concat([flipped(bytes.subarray(0, 7), random, 1), bytes.subarray(7)]),
  'random bytes': (_line, random) => random.bytes(1 + random.below(300)),
  'random bytes behind it': ({ bytes }, random) => Buffer.concat([bytes, random.bytes(1 + random.below(300))]),
  'a random frame': ({ channel }, random) =>
    rawFrame(random.of([1, 2, 3, 8, 4, 255]), random.of([0, channel, 1, 99]), random.bytes(random.below(60))),
  'a random frame behind it': ({ channel, bytes }, random) =>
    Buffer.concat([
      bytes,
      rawFrame(random.of([1, 2, 3, 8]), random.of([0, channel, 1, 99]), random.bytes(random.below(60))),
    ]),
  'a random method': ({ channel }, random) => {
    const id = Buffer.alloc(4);
    id.writeUInt16BE(random.of([10, 20, 40, 50, 60, 85, 90, random.below(65_536)]));
    id.writeUInt16BE(random.of([random.below(130), random.below(65_536)]), 2);
    return rawFrame(FRAME.method, channel, Buffer.concat([id, random.bytes(random.below(40))]));
  },
  'a huge frame': ({ bytes }, random) => {
    const changed = Buffer.from(bytes);
    changed.writeUInt32BE(random.of([131_073, 2 ** 24, 2 ** 31, 2 ** 32 - 1]), 3);
    return Buffer.concat([changed, random.bytes(100)]);
  },
  'a cut frame': ({ bytes }, random) => bytes.subarray(0, random.below(bytes.length)),
  'the frame twice': ({ bytes }) => Buffer.concat([bytes, bytes]),
  'the wrong channel': ({ bytes, channel }, random) => {
    const changed = Buffer.from(bytes);
    changed.writeUInt16BE(random.of([0, channel + 1, 2_047, 65_535]), 1);
    return changed;
  },
  'a body that is too long': ({ channel, bytes }) =>
    Buffer.concat([
      bytes.subarray(0, bytes.length - 17),
      headerFrame(channel, 3),
      rawFrame(FRAME.body, channel, Buffer.alloc(9)),
    ]),
  'a body without end': ({ channel, bytes }, random) =>
    Buffer.concat([
      methodFrame('BasicDeliver', channel, deliverTo(channel, random)),
      headerFrame(channel, random.of([2 ** 40, 2 ** 53])),
      ...Array.from({ length: 20 }, () => rawFrame(FRAME.body, channel, Buffer.alloc(1_000))),
      bytes,
    ]),
  'a header with bad flags': ({ channel }, random) => {
    const payload = Buffer.concat([
      Buffer.from([0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]),
      random.bytes(2 + random.below(30)),
    ]);
    return Buffer.concat([
      methodFrame('BasicDeliver', channel, deliverTo(channel, random)),
      rawFrame(FRAME.header, channel, payload),
      rawFrame(FRAME.body, channel, Buffer.alloc(3)),
    ]);
  },
  'a strange delivery': ({ channel, bytes }, random) =>
    Buffer.concat([
      bytes,
      deliveryFrames(channel, { consumerTag: random.of(['tag', 'nobody']), deliveryTag: random.of(TAGS) }),
    ]),
  'a return of nothing': ({ channel, bytes }) =>
    Buffer.concat([
      bytes,
      methodFrame('BasicReturn', channel, { replyCode: 312, replyText: 'NO_ROUTE', exchange: 'e', routingKey: 'k' }),
      headerFrame(channel, 0),
    ]),
  'a confirm of nothing': ({ channel, bytes }, random) =>
    Buffer.concat([bytes, confirmFrame(channel, random.of(TAGS), random.below(2) === 0)]),
  'a refusal of nothing': ({ channel, bytes }, random) =>
    Buffer.concat([
      bytes,
      methodFrame('BasicNack', channel, {
        deliveryTag: random.of(TAGS),
        multiple: random.below(2) === 0,
        requeue: false,
      }),
    ]),
  'a cancel of nobody': ({ channel, bytes }, random) =>
    Buffer.concat([
      bytes,
      methodFrame('BasicCancel', channel, { consumerTag: random.of(['tag', 'nobody']), nowait: true }),
    ]),
  'the channel closed': ({ channel }, random) => methodFrame('ChannelClose', channel, closing(random)),
  'the connection closed': (_line, random) => methodFrame('ConnectionClose', 0, closing(random)),
  'an answer to nothing': ({ channel, bytes }, random) =>
    Buffer.concat([
      bytes,
      methodFrame(
        random.of(['BasicQosOk', 'ChannelOpenOk', 'ChannelCloseOk', 'ConnectionCloseOk', 'ConfirmSelectOk']),
        channel,
      ),
    ]),
  flow: ({ channel, bytes }) => Buffer.concat([bytes, methodFrame('ChannelFlow', channel, { active: false })]),
  blocked: ({ bytes }, random) =>
    Buffer.concat([bytes, methodFrame('ConnectionBlocked', 0, { reason: random.bytes(20).toString('latin1') })]),
  silence: () => Buffer.alloc(0),
};

function deliverTo(_channel: number, random: SeededRandom): object {
  return { consumerTag: 'tag', deliveryTag: 1 + random.below(9), redelivered: false, exchange: '', routingKey: 'q' };
}

function closing(random: SeededRandom): object {
  return { replyCode: random.of([200, 320, 403, 404, 501, 541, 65_535]), replyText: 'fuzz', classId: 0, methodId: 0 };
}

/** One case: a fault in place of one line, after which the connection is cut. */
export interface FuzzCase {
  readonly name: string;
  readonly part: Part;
}

export function fuzzCase(random: SeededRandom): FuzzCase {
  const stage = random.of(STAGES);
  const fault = random.of(Object.keys(FAULTS));
  const cutBy = random.of<'end' | 'destroy' | 'reset'>(['end', 'destroy', 'reset']);
  let isDone = false;
  const part: Part = (line, socket) => {
    // Lives on for a while even if its stage never comes, as on the other kind of connection.
    linger(socket, cutBy);
    if (isDone || line.stage !== stage) return line.bytes;
    isDone = true;
    return FAULTS[fault]?.(line, random);
  };
  return { name: `${fault} at ${stage}, then ${cutBy}`, part };
}

const ends = new WeakMap<Socket, NodeJS.Timeout>();

function linger(socket: Socket, cutBy: 'end' | 'destroy' | 'reset'): void {
  clearTimeout(ends.get(socket));
  ends.set(
    socket,
    setTimeout(() => {
      if (cutBy === 'end') socket.end();
      else if (cutBy === 'reset') reset(socket);
      else socket.destroy();
    }, LINGER_MS),
  );
}
