import { readFile } from 'node:fs/promises';
import type { ChannelModel } from 'amqplib';
import type { MessageMemory } from '../amqp/index.js';
import { amqplib, landingOptions } from './amqplib.js';
import type { BrokerAddress } from './broker-address.js';
import type { ConnectionSettings, TlsFiles } from './connection-settings.js';
import { FrameOffer } from './frame-size.js';

/** The frame size that we ask for, RabbitMQ's own default. */
const FRAME_BYTES = 131_072;
/**
 * The largest frame that is waited for. RabbitMQ cannot split the headers of a message and sends them whole, whatever
 * was agreed: a smaller limit would make such a message end every connection that it is delivered on.
 */
const LARGEST_FRAME_BYTES = 16 * 1024 * 1024;
/** A broker that never ends its side of a closed connection keeps no socket for longer. */
const LINGER_MS = 2_000;

export interface ConnectOptions {
  readonly address: BrokerAddress;
  readonly host: string;
  readonly port: number;
  /** Shown by the broker for this connection. */
  readonly name: string;
  readonly settings: ConnectionSettings;
  /** Where what the broker sends lands. */
  readonly memory: MessageMemory;
  /** Gives the attempt up: a stop does not wait for a host that never answers. */
  readonly signal: AbortSignal;
}

/** One attempt at one host, under one deadline for all of it: TCP, TLS, log-in. */
export async function connect(options: ConnectOptions): Promise<ChannelModel> {
  const { signal, settings } = options;
  const socket = new AbortController();
  const tuned = new FrameOffer();
  const connecting = open(options, { signal: socket.signal, tuned }).catch((error: unknown) => {
    throw tuned.explain(error);
  });
  return new Promise((resolve, reject) => {
    const giveUp = (why: string): void => {
      reject(new Error(why));
      socket.abort();
      connecting.catch(() => undefined);
    };
    const abandon = (): void => giveUp('closed while connecting');
    const timer = setTimeout(
      () => giveUp(`no answer within connect_timeout (${settings.connectTimeoutMs} ms)`),
      settings.connectTimeoutMs,
    );
    signal.addEventListener('abort', abandon);
    connecting
      .then((connection) => resolve(destroyedWhenOver(connection, socket)), reject)
      .finally(() => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abandon);
      });
  });
}

/** amqplib ends its side and waits, for a close-ok or the other side's end: a broker that never says it would keep the socket. */
function destroyedWhenOver(connection: ChannelModel, socket: AbortController): ChannelModel {
  const destroyLater = (): void => void setTimeout(() => socket.abort(), LINGER_MS).unref();
  connection.on('error', destroyLater);
  connection.on('close', destroyLater);
  return connection;
}

interface Attempt {
  readonly signal: AbortSignal;
  readonly tuned: FrameOffer;
}

async function open(options: ConnectOptions, { signal, tuned }: Attempt): Promise<ChannelModel> {
  const { address, host, port, name, settings, memory } = options;
  const tls = address.protocol === 'amqps' ? await tlsOptions(settings.tls) : {};
  // Given up meanwhile: Node.js would open the socket all the same, and nobody would close it.
  signal.throwIfAborted();
  // Node.js takes these for any socket, which the types of amqplib do not know.
  const socketOptions = {
    ...tls,
    ...landingOptions(memory, (bytes) => tuned.note(bytes)),
    // Of silence; the deadline above is for a host that dribbles.
    timeout: settings.connectTimeoutMs,
    noDelay: true,
    keepAlive: true,
    signal,
    clientProperties: { connection_name: name, product: 'amqp-dispatcher' },
  };
  return amqplib.connect(
    {
      protocol: address.protocol,
      hostname: host,
      port,
      username: address.username,
      password: address.password,
      // amqplib decodes the virtual host once more.
      vhost: encodeURIComponent(address.vhost),
      frameMax: FRAME_BYTES,
      maxFrameSize: LARGEST_FRAME_BYTES,
      ...(address.heartbeatSeconds !== undefined && { heartbeat: address.heartbeatSeconds }),
    },
    socketOptions,
  );
}

async function tlsOptions({ ca, certificate, key, serverName }: TlsFiles): Promise<object> {
  const [authorities, own, privateKey] = await Promise.all([read(ca), read(certificate), read(key)]);
  return {
    ...(authorities !== undefined && { ca: authorities }),
    ...(own !== undefined && { cert: own }),
    ...(privateKey !== undefined && { key: privateKey }),
    ...(serverName !== undefined && { servername: serverName }),
  };
}

function read(file: string | undefined): Promise<Buffer> | undefined {
  return file === undefined ? undefined : readFile(file);
}
