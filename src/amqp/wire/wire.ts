import type { OnReadOpts } from 'node:net';
import { Duplex } from 'node:stream';
import type { MessageMemory } from '../messages/message-memory.js';
import { FrameReader } from './frame-reader.js';
import { FRAME, FRAME_OVERHEAD, type Frame, HEAD_BYTES, HEARTBEAT, isForOpenChannel, METHOD } from './frames.js';
import { Handshake, readRefusedHandshake } from './handshake.js';
import { ReceiveBuffer } from './receive-buffer.js';
import type { ChannelLink, WireChannel } from './wire-channel.js';
import { WireChannels } from './wire-channels.js';

/** amqplib gets a heartbeat this often while it sees no other frame. */
const BEAT_EVERY_MS = 1_000;
/** Read and ignored on a connection that is over, until its end arrives. */
const MOST_IGNORED = 1024 * 1024;

export interface WireOptions {
  readonly memory: MessageMemory;
  /** Of a payload. */
  readonly largestFrameBytes: number;
}

/**
 * Stands between the socket and amqplib's connection. Passes frames about messages to their channels and all others,
 * whole, to amqplib; sends our frames between amqplib's. An invalid frame ends the connection here.
 *
 *     greeting ── connection.open-ok ──▶ held ── flow ──▶ open
 *     any ── amqplib ends it ──▶ over; any ── destroy, or the socket has gone ──▶ destroyed
 */
export class Wire extends Duplex implements ChannelLink {
  readonly memory: MessageMemory;
  /** Socket options: Node.js reads into our buffer and bypasses the socket's own stream. */
  readonly onread: OnReadOpts;
  readonly handshake = new Handshake();
  /** Called for each channel, before the broker sees its channel.open. */
  onChannel: (channel: WireChannel) => void = () => undefined;
  private readonly buffer: ReceiveBuffer;
  private readonly reader: FrameReader;
  private readonly channels = new WireChannels(this);
  private socket: Duplex | undefined;
  private phase: 'greeting' | 'held' | 'open' = 'greeting';
  private failure: Error | undefined;
  private hasEnded = false;
  private isCorked = false;
  private ignored = 0;
  private passedMs = 0;

  constructor({ memory, largestFrameBytes }: WireOptions) {
    super({ autoDestroy: false });
    this.memory = memory;
    this.buffer = new ReceiveBuffer(memory);
    this.reader = new FrameReader({
      buffer: this.buffer,
      maxSize: largestFrameBytes,
      sink: {
        message: (channel, message) => this.channels.at(channel).message(message),
        frame: (frame) => this.route(frame),
        body: (channel, piece) => this.channels.at(channel).body(piece),
      },
    });
    this.onread = { buffer: () => this.buffer.space(), callback: (bytes) => this.receive(bytes) };
    // Without a listener, an error would end the process.
    this.on('error', () => undefined);
  }

  get frameMax(): number {
    return this.handshake.limits.frameMax;
  }

  get channelMax(): number {
    return this.handshake.limits.channelMax;
  }

  get isOver(): boolean {
    return this.writableEnded || this.destroyed || this.failure !== undefined;
  }

  /** @param socket created with `onread` */
  attach(socket: Duplex): void {
    this.socket = socket;
    socket.on('error', (error) => this.destroy(error));
    socket.once('end', () => {
      this.hasEnded = true;
      if (this.phase !== 'held') this.push(null);
    });
    socket.once('close', () => {
      this.buffer.close();
      this.destroy(this.writableEnded ? undefined : new Error('the socket was closed'));
    });
  }

  /** Frames behind connection.open-ok wait until the caller listens. */
  flow(): void {
    if (this.phase !== 'held') return;
    this.phase = 'open';
    this.readOn();
    if (this.hasEnded) this.push(null);
  }

  override _read(): void {
    // amqplib reads pushed frames at once.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.put(chunk, done);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: () => void): void {
    this.put(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: () => void): void {
    this.socket?.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.channels.allClosed();
    // The socket may read until it has closed.
    if (this.socket === undefined) this.buffer.close();
    else this.socket.destroy();
    done(error);
  }

  /** Joins the writes of a tick: each system call costs about 5 µs. */
  private put(chunk: Buffer, done: () => void): void {
    const { socket } = this;
    if (socket === undefined) return done();
    this.watch(chunk);
    if (!this.isCorked) {
      this.isCorked = true;
      socket.cork();
      process.nextTick(() => {
        this.isCorked = false;
        socket.uncork();
      });
    }
    if (socket.write(chunk)) done();
    else socket.once('drain', done);
  }

  /** False: stop reading. */
  private receive(bytes: number): boolean {
    try {
      this.buffer.received(bytes);
    } catch (error) {
      this.fail(error);
    }
    if (this.isOver) {
      this.buffer.discard();
      this.ignored += bytes;
      return this.ignored < MOST_IGNORED;
    }
    this.readOn();
    if (this.phase === 'open' && performance.now() - this.passedMs >= BEAT_EVERY_MS) this.pass(HEARTBEAT);
    return true;
  }

  private readOn(): void {
    try {
      while (this.phase !== 'held' && this.failure === undefined && this.reader.next());
    } catch (error) {
      this.fail(error);
    }
  }

  /** amqplib first reads the frames before, perhaps with the broker's reason. */
  private fail(error: unknown): void {
    if (this.failure !== undefined) return;
    const failure = error instanceof Error ? error : new Error(String(error));
    this.failure = failure;
    process.nextTick(() => this.destroy(failure));
  }

  /** @throws RangeError when the broker may not send this frame now */
  private route(frame: Frame): void {
    if (frame.type === FRAME.header || frame.type === FRAME.method) {
      const { channels } = this;
      const channel = isForOpenChannel(frame) ? channels.at(frame.channel) : channels.find(frame.channel);
      const isTaken = channel?.take(frame) === true;
      if (channel?.isClosed === true) channels.drop(frame.channel);
      if (isTaken) return;
      if (frame.channel === 0) this.received(frame);
    }
    this.pass(Buffer.from(frame.chunk.subarray(frame.start - HEAD_BYTES, frame.end + 1)));
  }

  private received(frame: Frame): void {
    const method = frame.chunk.readUInt32BE(frame.start);
    this.handshake.received(method, frame);
    if (this.phase !== 'greeting') return;
    if (method === METHOD.connectionOpenOk) this.phase = 'held';
    // amqplib would hide the broker's reason.
    if (method === METHOD.connectionClose) throw readRefusedHandshake(frame);
  }

  private pass(frame: Buffer): void {
    this.passedMs = performance.now();
    this.push(frame);
  }

  private watch(chunk: Buffer): void {
    for (let at = 0; at + FRAME_OVERHEAD < chunk.length; ) {
      const start = at + HEAD_BYTES;
      const end = start + chunk.readUInt32BE(at + 3);
      if (chunk[at] === FRAME.method) {
        this.sent({ type: FRAME.method, channel: chunk.readUInt16BE(at + 1), chunk, start, end });
      }
      at = end + 1;
    }
  }

  private sent(frame: Frame): void {
    const { channel, chunk, start } = frame;
    const method = chunk.readUInt32BE(start);
    switch (method) {
      case METHOD.basicAck:
      case METHOD.basicNack:
      case METHOD.basicReject:
      case METHOD.basicPublish:
      case METHOD.channelCloseOk:
        return;
      case METHOD.connectionTuneOk:
        return this.handshake.agreed(frame);
      case METHOD.connectionClose:
        return this.channels.allClosing();
      case METHOD.channelOpen: {
        const opened = this.channels.open(channel);
        opened.ask(method);
        return this.onChannel(opened);
      }
      case METHOD.channelClose:
        return this.channels.find(channel)?.closing();
      case METHOD.basicCancel:
        this.channels.find(channel)?.release();
        break;
      default:
    }
    this.channels.find(channel)?.ask(method);
  }
}
