import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { ChannelModel } from 'amqplib';
import { messageOf } from '../../errors/index.js';

/**
 * The only insides of amqplib that are used: the two constructors behind its `connect`, which takes no stream of ours. The
 * version is pinned, and a test opens a connection with them.
 */

/** What the handshake says of us and asks for, as amqplib's connection takes it. */
export interface HandshakeFields {
  readonly clientProperties: object;
  readonly mechanism: string;
  readonly response: Buffer;
  readonly locale: string;
  /** 0 is whatever the broker offers, like the next. */
  readonly channelMax: number;
  readonly frameMax: number;
  /** Seconds; null takes the broker's, 0 is none. */
  readonly heartbeat: number | null;
  /** The largest payload that amqplib itself takes. */
  readonly maxFrameSize: number;
  readonly virtualHost: string;
  readonly capabilities: string;
  readonly insist: number;
}

interface Connection {
  open(fields: HandshakeFields, done: (error: Error | null) => void): void;
}

type Class<Argument, Instance> = new (argument: Argument) => Instance;

const load = createRequire(import.meta.url);
const folder = join(dirname(load.resolve('amqplib')), 'lib');
const connections: unknown = load(join(folder, 'connection.js'));
const models: unknown = load(join(folder, 'channel_model.js'));

/** Opens a connection over a stream that stands; resolves when the broker has accepted it. */
export function openModel(stream: Duplex, fields: HandshakeFields): Promise<ChannelModel> {
  if (!hasConnection(connections) || !hasChannelModel(models)) {
    throw new TypeError('amqplib has no Connection in lib/connection.js, or no ChannelModel in lib/channel_model.js');
  }
  const connection = new connections.Connection(stream);
  const model = new models.ChannelModel(connection);
  return new Promise((resolve, reject) => {
    connection.open(fields, (error) => (error === null ? resolve(model) : reject(error)));
  });
}

function hasConnection(loaded: unknown): loaded is { readonly Connection: Class<Duplex, Connection> } {
  return isObject(loaded) && 'Connection' in loaded && isClassWith(loaded.Connection, 'open');
}

function hasChannelModel(loaded: unknown): loaded is { readonly ChannelModel: Class<Connection, ChannelModel> } {
  return isObject(loaded) && 'ChannelModel' in loaded && isClassWith(loaded.ChannelModel, 'createChannel');
}

function isClassWith(value: unknown, method: string): boolean {
  return typeof value === 'function' && isObject(value.prototype) && method in value.prototype;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** True for the error of a connection whose channels are all in use. */
export function isOutOfChannels(error: unknown): boolean {
  return messageOf(error) === 'No channels left to allocate';
}
