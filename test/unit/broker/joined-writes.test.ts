import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { before, test } from 'node:test';
import { amqplib } from '../../../src/broker/amqplib.js';
import { PublishFrames } from '../../../src/broker/publish-frames.js';
import { encodeOutgoing } from '../../../src/protocol/index.js';
import { encodePublish } from '../../../workers/publish-encoder.js';
import { waitFor } from '../../support/wait.js';

interface Mux {
  pipeFrom(stream: PassThrough): void;
}

interface Connection {
  readonly channels: object[];
  readonly frameMax: number;
  sentSinceLastCheck: boolean;
  sendMessage(
    channel: number,
    method: object,
    fields: object,
    more: object,
    properties: object,
    content: Buffer,
  ): boolean;
}

const load = createRequire(import.meta.url);
const inner = (name: string): string => join(dirname(load.resolve('amqplib')), 'lib', name);
const { Mux }: { readonly Mux: new (socket: Writable) => Mux } = load(inner('mux.js'));
const { Connection }: { readonly Connection: new (socket: EventEmitter) => Connection } = load(inner('connection.js'));

/** Counts what would be calls to the system. */
class FakeSocket extends Writable {
  readonly writes: string[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.writes.push(chunk.toString());
    setImmediate(done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.writes.push(chunks.map(({ chunk }) => chunk.toString()).join(''));
    setImmediate(done);
  }
}

before(() => assert.ok(amqplib.connect, 'amqplib is not loaded, and so not changed'));

test('the frames of a turn are one write to the socket, whatever channel they are from', async () => {
  const socket = new FakeSocket();
  const mux = new Mux(socket);
  const channels = [1, 2].map(() => new PassThrough({ objectMode: true }));
  for (const channel of channels) mux.pipeFrom(channel);
  for (const text of ['a', 'b', 'c']) for (const channel of channels) channel.write(Buffer.from(text));
  await waitFor(() => socket.writes.join('').length === 6, { what: 'the frames to be written' });
  assert.equal(socket.writes.length, 1);
  assert.deepEqual(socket.writes.join('').split('').toSorted(), ['a', 'a', 'b', 'b', 'c', 'c']);
});

test('a socket that takes no more holds frames back, and then all of them go, in their order', async () => {
  const socket = new FakeSocket({ highWaterMark: 10 });
  const mux = new Mux(socket);
  const channel = new PassThrough({ objectMode: true });
  mux.pipeFrom(channel);
  const texts = Array.from({ length: 100 }, (_, index) => `frame ${index};`);
  for (const text of texts) channel.write(Buffer.from(text));
  await waitFor(() => socket.writes.join('').length === texts.join('').length, { what: 'the frames to be written' });
  assert.equal(socket.writes.join(''), texts.join(''));
  assert.ok(socket.writes.length > 10);
});

test('publishes go to the buffer of their channel as they are, and count as a sign of life', () => {
  const connection = new Connection(new PassThrough());
  const written: Buffer[] = [];
  connection.channels[3] = { buffer: { write: (bytes: Buffer) => written.push(bytes) > 0 } };
  const frames = new PublishFrames([encodeOutgoing(encodePublish('', 'q', {}, 'text'))]);
  connection.sendMessage(3, {}, frames, {}, {}, Buffer.alloc(0));
  assert.deepEqual(written, [frames.encode({ channel: 3, frameMax: connection.frameMax })]);
  assert.equal(connection.sentSinceLastCheck, true);
});
