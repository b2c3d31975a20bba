import { readFile } from 'node:fs/promises';
import type { ChannelModel } from 'amqplib';
import { amqplib } from './amqplib.js';
import type { BrokerAddress } from './broker-address.js';
import type { ConnectionSettings, TlsFiles } from './connection-settings.js';

export interface ConnectOptions {
  readonly address: BrokerAddress;
  readonly host: string;
  readonly port: number;
  /** Shown by the broker for this connection. */
  readonly name: string;
  readonly settings: ConnectionSettings;
  /** Gives the attempt up: a stop does not wait for a host that never answers. */
  readonly signal: AbortSignal;
}

/** One attempt at one host, under one deadline for all of it: TCP, TLS, log-in. */
export async function connect(options: ConnectOptions): Promise<ChannelModel> {
  const { signal, settings } = options;
  const connecting = open(options);
  return new Promise((resolve, reject) => {
    const giveUp = (why: string): void => {
      reject(new Error(why));
      connecting.then((late) => late.close()).catch(() => undefined);
    };
    const abandon = (): void => giveUp('closed while connecting');
    const timer = setTimeout(
      () => giveUp(`no answer within connect_timeout (${settings.connectTimeoutMs} ms)`),
      settings.connectTimeoutMs,
    );
    signal.addEventListener('abort', abandon);
    connecting.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abandon);
    });
  });
}

async function open({ address, host, port, name, settings }: ConnectOptions): Promise<ChannelModel> {
  const tls = address.protocol === 'amqps' ? await tlsOptions(settings.tls) : {};
  return amqplib.connect(
    {
      protocol: address.protocol,
      hostname: host,
      port,
      username: address.username,
      password: address.password,
      // amqplib decodes the virtual host once more.
      vhost: encodeURIComponent(address.vhost),
      ...(address.heartbeatSeconds !== undefined && { heartbeat: address.heartbeatSeconds }),
    },
    {
      ...tls,
      // Frees the socket of a silent host; the deadline above is for one that dribbles.
      timeout: settings.connectTimeoutMs,
      noDelay: true,
      keepAlive: true,
      clientProperties: { connection_name: name, product: 'amqp-dispatcher' },
    },
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
