import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls, type ConnectionOptions as TlsOptions } from 'node:tls';
import { type MessageMemory } from '../../amqp/index.js';
import { Wire } from '../../amqp/wire/index.js';
import { AmqpConnection } from './amqp-connection.js';
import { type HandshakeFields, openModel } from './amqplib.js';
import type { BrokerAddress } from './broker-address.js';
import type { ConnectionSettings, TlsFiles } from './connection-settings.js';
import { explainedByOffer } from './frame-size.js';

const FRAME_BYTES = 131_072;
/**
 * RabbitMQ sends headers in one frame, whatever was agreed; a smaller limit would end every connection that receives
 * such a message.
 */
const LARGEST_FRAME_BYTES = 16 * 1024 * 1024;
/** Closes the socket if the broker does not. */
const LINGER_MS = 2_000;
const CAPABILITIES = {
  publisher_confirms: true,
  exchange_exchange_bindings: true,
  'basic.nack': true,
  consumer_cancel_notify: true,
  'connection.blocked': true,
  authentication_failure_close: true,
};

export interface ConnectOptions {
  readonly address: BrokerAddress;
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly settings: ConnectionSettings;
  readonly memory: MessageMemory;
  readonly signal: AbortSignal;
}

/** Opens a connection as `connect` does. */
export type Connect = (options: ConnectOptions) => Promise<AmqpConnection>;

/** Tries one host; `connect_timeout` covers TCP, TLS and login. */
export async function connect(options: ConnectOptions): Promise<AmqpConnection> {
  const { signal, settings, memory } = options;
  const wire = new Wire({ memory, largestFrameBytes: LARGEST_FRAME_BYTES });
  const ended = new AbortController();
  const giveUp = (why: string): void => ended.abort(new Error(why));
  const abandon = (): void => giveUp('closed while connecting');
  const timer = setTimeout(
    () => giveUp(`no answer within connect_timeout (${settings.connectTimeoutMs} ms)`),
    settings.connectTimeoutMs,
  );
  signal.addEventListener('abort', abandon);
  try {
    return await Promise.race([open(options, wire, ended.signal), whenOver(wire, ended.signal)]);
  } catch (error) {
    ended.abort();
    wire.destroy();
    throw explainedByOffer(error, wire.handshake.offeredFrameMax);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abandon);
  }
}

/** amqplib does not notice a socket that closes before its connection is open. */
function whenOver(wire: Wire, ended: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    wire.once('error', reject);
    wire.once('close', () => reject(new Error('the socket was closed')));
    ended.addEventListener('abort', () => reject(ended.reason));
  });
}

async function open(options: ConnectOptions, wire: Wire, ended: AbortSignal): Promise<AmqpConnection> {
  const { address, host, port, settings } = options;
  const tls = address.protocol === 'amqps' ? await tlsOptions(settings.tls, host) : undefined;
  ended.throwIfAborted();
  const to = { host, port, onread: wire.onread };
  const socket = tls === undefined ? connectTcp(to) : connectTls({ ...to, ...tls });
  wire.attach(socket);
  await once(socket, tls === undefined ? 'connect' : 'secureConnect');
  socket.setNoDelay(true).setKeepAlive(true);
  const model = await openModel(wire, handshakeFields(options));
  // amqplib waits for close-ok or the end of the stream, which a broker may never send.
  const destroy = (): void =>
    void wire.destroy(new Error(`the broker did not end the connection within ${LINGER_MS} ms`));
  const destroyLater = (): void => void setTimeout(destroy, LINGER_MS).unref();
  model.on('error', destroyLater);
  model.on('close', destroyLater);
  // Frames behind open-ok wait until the caller listens.
  setImmediate(() => wire.flow());
  return new AmqpConnection(model, wire);
}

function handshakeFields({ address, name }: ConnectOptions): HandshakeFields {
  const { username, password, vhost, heartbeatSeconds } = address;
  return {
    clientProperties: {
      connection_name: name,
      product: 'amqp-dispatcher',
      platform: `Node.js ${process.version}`,
      capabilities: CAPABILITIES,
    },
    mechanism: 'PLAIN',
    response: Buffer.from(`\0${username}\0${password}`),
    locale: 'en_US',
    channelMax: 0,
    frameMax: FRAME_BYTES,
    heartbeat: heartbeatSeconds ?? null,
    maxFrameSize: LARGEST_FRAME_BYTES,
    virtualHost: vhost,
    capabilities: '',
    insist: 0,
  };
}

async function tlsOptions({ ca, certificate, key, serverName }: TlsFiles, host: string): Promise<TlsOptions> {
  const [authorities, own, privateKey] = await Promise.all([read(ca), read(certificate), read(key)]);
  return {
    ...(authorities !== undefined && { ca: authorities }),
    ...(own !== undefined && { cert: own }),
    ...(privateKey !== undefined && { key: privateKey }),
    // TLS forbids an IP address as server name.
    ...(serverName !== undefined ? { servername: serverName } : isIP(host) === 0 && { servername: host }),
  };
}

function read(file: string | undefined): Promise<Buffer> | undefined {
  return file === undefined ? undefined : readFile(file);
}
