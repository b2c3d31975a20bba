import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RabbitmqProgram } from '../installs/rabbitmq-program.js';
import { freePorts } from '../network/free-port.js';
import type { BrokerAddress } from './broker-address.js';

export interface BrokerLayoutOptions {
  /** Name of the Erlang node before `@localhost`. Default: a random one. */
  readonly nodename?: string;
  /** More lines for rabbitmq.conf. */
  readonly config?: string;
  /** Settings of the application `rabbit` for advanced.config: `{name, value}`. */
  readonly rabbit?: string;
  /** More plugins besides rabbitmq_management. */
  readonly plugins?: readonly string[];
  /** Uses another broker's epmd, which must be up, and its home folder with the Erlang cookie: for nodes of one cluster. */
  readonly guestOf?: { readonly epmdPort: number; readonly home: string };
}

/** Folder, ports and environment of a private broker. */
export interface BrokerLayout {
  readonly program: RabbitmqProgram;
  readonly folder: string;
  /** `NAME@localhost`, the node's name among Erlang nodes. */
  readonly nodename: string;
  readonly epmdPort: number;
  /** False when the epmd is another broker's. */
  readonly ownsEpmd: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly address: BrokerAddress;
}

/** Makes the folder of a private broker and picks its ports; starts nothing. */
export async function layOutBroker(program: RabbitmqProgram, options: BrokerLayoutOptions): Promise<BrokerLayout> {
  const [port, distPort, managementPort, ownEpmdPort] = await freePorts(4);
  if (!port || !distPort || !managementPort || !ownEpmdPort)
    throw new Error('freePorts gave fewer ports than asked for');
  const folder = await mkdtemp(join(tmpdir(), 'private-broker-'));
  const { epmdPort, home } = options.guestOf ?? { epmdPort: ownEpmdPort, home: join(folder, 'home') };
  const nodename = `${options.nodename ?? `x${randomBytes(4).toString('hex')}`}@localhost`;
  await mkdir(home, { recursive: true });
  await writeFile(join(folder, 'rabbitmq-env.conf'), '');
  await writeFile(join(folder, 'rabbitmq.conf'), configuration(managementPort, options.config));
  await writeFile(join(folder, 'advanced.config'), `[{rabbit, [${options.rabbit ?? ''}]}].\n`);
  const plugins = ['rabbitmq_management', ...(options.plugins ?? [])];
  await writeFile(join(folder, 'enabled_plugins'), `[${plugins.join(',')}].\n`);

  // Only these variables, so that no RABBITMQ_ or ERL_ variable of the caller leads to another broker.
  const ctlEnv = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    LANG: 'C.UTF-8',
    HOME: home, // the Erlang cookie is made here
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: nodename,
    RABBITMQ_CONF_ENV_FILE: join(folder, 'rabbitmq-env.conf'),
    RABBITMQ_DIST_PORT: String(distPort),
  };
  const env = {
    ...ctlEnv,
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_CONFIG_FILES: join(folder, 'conf.d'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
    // The start script replaces itself by the Erlang VM, so that the child's pid is the broker's.
    RUNNING_UNDER_SYSTEMD: 'true',
  };
  const address = { host: '127.0.0.1', port, managementPort, ctl: { command: program.ctl, env: ctlEnv } };
  return { program, folder, nodename, epmdPort, ownsEpmd: options.guestOf === undefined, env, address };
}

function configuration(managementPort: number, more = ''): string {
  return [
    'management.tcp.ip = 127.0.0.1',
    `management.tcp.port = ${managementPort}`,
    // A nearly full disk must not block publishers; the tests write very little.
    'disk_free_limit.absolute = 1MB',
    more,
    '',
  ].join('\n');
}
