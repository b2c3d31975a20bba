import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { ChannelModel } from 'amqplib';
import { messageOf } from '../../errors/index.js';

/**
 * amqplib's `connect` takes no stream, so we use two constructors behind it, and no other internals. The version is
 * pinned, and a test opens a connection with them.
 */

export interface HandshakeFields {
  readonly clientProperties: object;
  readonly mechanism: string;
  readonly response: Buffer;
  readonly locale: string;
  /** 0 accepts the broker's offer, as below. */
  readonly channelMax: number;
  readonly frameMax: number;
  /** Seconds; null accepts the broker's, 0 disables heartbeats. */
  readonly heartbeat: number | null;
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

/** Resolves when the broker has accepted the connection. */
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

/** True when all channels of the connection are in use. */
export function isOutOfChannels(error: unknown): boolean {
  return messageOf(error) === 'No channels left to allocate';
}
