import { renameSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded by `node --import`: records when the process hands each basic.ack to the kernel, and writes all of them to the file
 * BENCHMARK_ACKS on SIGUSR2. Worker threads inherit --import but are not measured.
 */

// https://www.rabbitmq.com/amqp-0-9-1-reference#basic.ack, in a method frame: type, channel, size, class, method, tag, bits, end.
const METHOD = 1;
const BASIC_ACK = (60 << 16) | 80;
const AT = { channel: 1, size: 3, method: 7, tag: 11, bits: 19 };
const FRAME_BYTES = 8;
const PROTOCOL_HEADER = 'A'.charCodeAt(0);

function* acksIn(chunk) {
  if (chunk[0] === PROTOCOL_HEADER) return;
  for (let at = 0; at + FRAME_BYTES <= chunk.length; at += FRAME_BYTES + chunk.readUInt32BE(at + AT.size)) {
    if (chunk[at] !== METHOD || chunk.readUInt32BE(at + AT.method) !== BASIC_ACK) continue;
    yield {
      channel: chunk.readUInt16BE(at + AT.channel),
      deliveryTag: Number(chunk.readBigUInt64BE(at + AT.tag)),
      multiple: (chunk[at + AT.bits] & 1) === 1,
    };
  }
}

if (isMainThread) {
  const acks = [];
  const write = Reflect.get(Socket.prototype, 'write');
  Socket.prototype.write = function timedWrite(chunk, ...more) {
    const result = write.call(this, chunk, ...more);
    const atMs = Number(process.hrtime.bigint()) / 1e6;
    if (Buffer.isBuffer(chunk)) for (const ack of acksIn(chunk)) acks.push({ ...ack, atMs });
    return result;
  };
  process.on('SIGUSR2', () => {
    const file = process.env.BENCHMARK_ACKS;
    writeFileSync(`${file}.part`, JSON.stringify(acks));
    renameSync(`${file}.part`, file);
  });
}
