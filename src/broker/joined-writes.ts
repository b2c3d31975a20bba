import type { ConfirmChannel } from 'amqplib';
import { PublishFrames } from './publish-frames.js';

/**
 * Fewer writes to the socket: each costs about 5 microseconds, as much as everything else that happens to a message on the
 * main thread. amqplib makes one of each frame.
 */

interface Connection {
  readonly frameMax: number;
  readonly channels: readonly { readonly buffer: { write(bytes: Buffer): boolean } }[];
  sentSinceLastCheck: boolean;
  sendMessage: (this: Connection, channel: number, method: unknown, fields: unknown, ...more: unknown[]) => boolean;
}

/** Writes what the channels have, frame by frame. */
const READ_INCOMING = '_readIncoming';

interface Mux {
  readonly out: { cork(): void; uncork(): void };
  [READ_INCOMING]: (this: Mux) => void;
}

/** The parts of amqplib that write. */
export interface WritingParts {
  readonly connection: Connection;
  readonly mux: Mux;
}

/** A confirm channel as amqplib itself uses it. */
export interface RawConfirmChannel extends ConfirmChannel {
  readonly connection: ConfirmChannel['connection'] & { readonly frameMax: number };
  /** Throws when the channel is closing, like every method of a channel. */
  sendMessage(frames: PublishFrames, properties: object, content: Buffer): boolean;
  /** Called back with the answer to the next message. */
  pushConfirmCallback(answered: (error: Error | null) => void): void;
}

/** Changes the prototypes. */
export function joinWrites({ connection, mux }: WritingParts): void {
  const { sendMessage } = connection;
  // In this place, and not straight to the buffer: amqplib replaces it by one that throws when a connection is closing.
  connection.sendMessage = function sendFrames(channel, method, fields, ...more) {
    if (!(fields instanceof PublishFrames)) return sendMessage.call(this, channel, method, fields, ...more);
    this.sentSinceLastCheck = true;
    return this.channels[channel]?.buffer.write(fields.encode({ channel, frameMax: this.frameMax })) ?? false;
  };
  const readIncoming = mux[READ_INCOMING];
  mux[READ_INCOMING] = function readIncomingCorked() {
    this.out.cork();
    try {
      readIncoming.call(this);
    } finally {
      this.out.uncork();
    }
  };
}

/** True for every confirm channel of the pinned amqplib. */
export function isRaw(channel: ConfirmChannel): channel is RawConfirmChannel {
  return 'sendMessage' in channel && 'pushConfirmCallback' in channel && 'frameMax' in channel.connection;
}
