import { connect, type Socket } from 'node:net';
import type { TestVhost } from '../broker/test-vhost.js';
import { waitFor } from '../wait.js';
import { decodeMethod, FRAME, type Frame, methodFrame, methodId, rawFrame, splitFrames } from './amqp-frames.js';

const CHANNEL = 1;
const FRAME_BYTES = 8;
const BASIC_CLASS = 60;
/** Class, weight and size of the body. */
const BEFORE_PROPERTIES = 12;

/** A message of a raw client: route and properties as their bytes on the wire. */
export interface RawMessage {
  readonly exchange?: string;
  readonly routingKey: string;
  /** The property list: flags, then the values. */
  readonly properties: Uint8Array;
  readonly body?: Uint8Array | string;
}

/** A property list that has a header table and nothing else. */
export function headersOnly(table: Uint8Array): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt16BE(0x2000);
  head.writeUInt32BE(table.length, 2);
  return Buffer.concat([head, table]);
}

/** A client that controls every byte of the messages that it publishes and gets; libraries send only what they know. */
export class RawClient {
  readonly #socket: Socket;
  readonly #frames: Frame[] = [];
  #rest = Buffer.alloc(0);
  #frameMax = 131_072;
  #published = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      const { frames, rest } = splitFrames(Buffer.concat([this.#rest, chunk]));
      this.#frames.push(...frames);
      this.#rest = Buffer.from(rest);
    });
  }

  /** Logs in as guest and opens a confirm channel. */
  static async open({ host, port, vhost }: Pick<TestVhost, 'host' | 'port' | 'vhost'>): Promise<RawClient> {
    const client = new RawClient(connect(port, host));
    client.#socket.write('AMQP\0\0\x09\x01');
    await client.#method('ConnectionStart');
    const login = {
      clientProperties: {},
      mechanism: 'PLAIN',
      response: Buffer.from('\0guest\0guest'),
      locale: 'en_US',
    };
    client.#send('ConnectionStartOk', login, 0);
    client.#frameMax = Number((await client.#method('ConnectionTune'))['frameMax']);
    client.#send('ConnectionTuneOk', { channelMax: 10, frameMax: client.#frameMax, heartbeat: 0 }, 0);
    client.#send('ConnectionOpen', { virtualHost: vhost }, 0);
    await client.#method('ConnectionOpenOk');
    client.#send('ChannelOpen');
    await client.#method('ChannelOpenOk');
    client.#send('ConfirmSelect');
    await client.#method('ConfirmSelectOk');
    return client;
  }

  /** Resolves when the broker has confirmed; rejects with its reason when it closes the channel or the connection. */
  async publish({ exchange = '', routingKey, properties, body = '' }: RawMessage): Promise<void> {
    const bytes = Buffer.from(body);
    const head = Buffer.alloc(BEFORE_PROPERTIES);
    head.writeUInt16BE(BASIC_CLASS);
    head.writeBigUInt64BE(BigInt(bytes.length), 4);
    this.#send('BasicPublish', { exchange, routingKey });
    this.#socket.write(rawFrame(FRAME.header, CHANNEL, Buffer.concat([head, properties])));
    const most = this.#frameMax - FRAME_BYTES;
    for (let at = 0; at < bytes.length; at += most) {
      this.#socket.write(rawFrame(FRAME.body, CHANNEL, bytes.subarray(at, at + most)));
    }
    const tag = ++this.#published;
    let confirmed = 0;
    while (confirmed < tag) confirmed = Number((await this.#method('BasicAck'))['deliveryTag']);
  }

  /** Takes a message out of a queue and returns its property list unchanged; undefined for an empty queue. */
  async get(queue: string): Promise<Buffer | undefined> {
    this.#send('BasicGet', { queue, noAck: true });
    const frame = await this.#next(({ type, payload }) => {
      const id = payload.readUInt32BE();
      return type === FRAME.method && (id === methodId('BasicGetOk') || id === methodId('BasicGetEmpty'));
    });
    if (frame.payload.readUInt32BE() === methodId('BasicGetEmpty')) return undefined;
    const { payload } = await this.#next(({ type }) => type === FRAME.header);
    return Buffer.from(payload.subarray(BEFORE_PROPERTIES));
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(name: string, fields: object = {}, channel = CHANNEL): void {
    this.#socket.write(methodFrame(name, channel, fields));
  }

  async #method(name: string): Promise<Readonly<Record<string, unknown>>> {
    const isIt = ({ type, payload }: Frame): boolean =>
      type === FRAME.method && payload.readUInt32BE() === methodId(name);
    return decodeMethod(name, await this.#next(isIt));
  }

  async #next(isIt: (frame: Frame) => boolean): Promise<Frame> {
    return waitFor(
      () => {
        const at = this.#frames.findIndex(isIt);
        if (at >= 0) return this.#frames.splice(at, 1)[0];
        for (const name of ['ChannelClose', 'ConnectionClose']) {
          const closed = this.#frames.find(
            ({ type, payload }) => type === FRAME.method && payload.readUInt32BE() === methodId(name),
          );
          if (closed !== undefined) throw new Error(String(decodeMethod(name, closed)['replyText']));
        }
        return undefined;
      },
      { what: 'a frame of the broker', everyMs: 5 },
    );
  }
}
