import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import {
  decodeMethod,
  FRAME,
  type Frame,
  headerFrame,
  methodFrame,
  methodId,
  rawFrame,
  splitFrames,
} from './amqp-frames.js';
import { BROKER_ANSWERS } from './broker-answers.js';

/** The next bytes of the fake, before a part may change them. */
export interface Line {
  /** The method: `ConnectionTune`, `BasicDeliver`, … */
  readonly stage: string;
  readonly channel: number;
  /** The bytes that a real broker would send. */
  readonly bytes: Buffer;
}

/** The part that one connection plays: the bytes to send instead of each line; undefined sends nothing. */
export type Part = (line: Line, socket: Socket) => Buffer | undefined;

const HONEST: Part = ({ bytes }) => bytes;
const PROTOCOL_HEADER_BYTES = 8;
const DELIVERIES = 3;

const NAMES = new Map(
  [...Object.keys(BROKER_ANSWERS), 'BasicPublish', 'BasicAck'].map((name) => [methodId(name), name]),
);

/**
 * A server with just enough AMQP to consume from and publish to, whose bytes the part of a connection
 * may change. Without a part it is a correct broker with three messages for each consumer.
 */
export class FakeBroker {
  readonly host = '127.0.0.1';
  /** The part of the next connection. */
  nextPart: () => Part = () => HONEST;
  /** Ends its side after the client has; false: keeps sending while the client keeps its socket. */
  endsWithClient = true;
  /** How many messages were acked, over all connections. */
  acked = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
  }

  static async start(): Promise<FakeBroker> {
    const broker = new FakeBroker();
    broker.#server.listen(0, broker.host);
    await once(broker.#server, 'listening');
    return broker;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the fake broker is closed');
    return address.port;
  }

  /** How many connections are open now. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Ends all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    const part = this.nextPart();
    const say = (stage: string, channel: number, bytes: Buffer): void => {
      const said = part({ stage, channel, bytes }, socket);
      if (said !== undefined && socket.writable) socket.write(said);
    };
    let unread = Buffer.alloc(0);
    let greeted = false;
    let published = 0;
    socket.on('data', (chunk) => {
      unread = Buffer.concat([unread, chunk]);
      if (!greeted && unread.length >= PROTOCOL_HEADER_BYTES) {
        greeted = true;
        unread = unread.subarray(PROTOCOL_HEADER_BYTES);
        say(
          'ConnectionStart',
          0,
          methodFrame('ConnectionStart', 0, { versionMajor: 0, versionMinor: 9, serverProperties: {} }),
        );
      }
      const { frames, rest } = splitFrames(unread);
      unread = Buffer.from(rest);
      for (const frame of frames) {
        if (frame.type !== FRAME.method) continue;
        const name = NAMES.get(frame.payload.readUInt32BE());
        if (name === 'BasicAck') this.#noteAck(frame);
        else if (name === 'BasicPublish') say('BasicAck', frame.channel, confirmFrame(frame.channel, ++published));
        else if (name !== undefined) answer(name, frame, say);
      }
    });
    socket.on('end', () => (this.endsWithClient ? socket.end() : talkOn(socket)));
    socket.on('error', () => {}); // followed by close
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #noteAck(frame: Frame): void {
    const { deliveryTag, multiple } = decodeMethod('BasicAck', frame);
    this.acked += multiple === true ? Number(deliveryTag) : 1;
  }
}

/** Writes heartbeats, because only a write detects that the other side is gone. */
function talkOn(socket: Socket): void {
  const heartbeat = setInterval(() => socket.write(rawFrame(FRAME.heartbeat, 0, Buffer.alloc(0))), 50);
  socket.on('close', () => clearInterval(heartbeat));
}

function answer(name: string, frame: Frame, say: (stage: string, channel: number, bytes: Buffer) => void): void {
  const { channel } = frame;
  const reply = BROKER_ANSWERS[name];
  if (reply === undefined) return;
  const consumerTag = name === 'BasicConsume' ? decodeMethod('BasicConsume', frame)['consumerTag'] : undefined;
  const fields = typeof consumerTag !== 'string' ? reply.fields : { consumerTag };
  say(reply.name, channel, methodFrame(reply.name, channel, fields));
  if (typeof consumerTag !== 'string') return;
  for (let tag = 1; tag <= DELIVERIES; tag++) {
    say('BasicDeliver', channel, deliveryFrames(channel, { consumerTag, deliveryTag: tag }));
  }
}

/** A delivery as a broker sends it: method, header and body. */
export function deliveryFrames(
  channel: number,
  to: { readonly consumerTag: string; readonly deliveryTag: number },
): Buffer {
  const body = Buffer.from(`message ${to.deliveryTag}`);
  return Buffer.concat([
    methodFrame('BasicDeliver', channel, { ...to, redelivered: false, exchange: '', routingKey: 'q' }),
    headerFrame(channel, body.length, { contentType: 'text/plain', headers: { a: 1, b: 'two' }, messageId: 'm' }),
    rawFrame(FRAME.body, channel, body),
  ]);
}

export function confirmFrame(channel: number, deliveryTag: number, multiple = false): Buffer {
  return methodFrame('BasicAck', channel, { deliveryTag, multiple });
}
