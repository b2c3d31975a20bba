import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requireRabbitmq } from '../installs/rabbitmq-program.js';
import { recordsOf } from '../json-record.js';
import { waitFor } from '../wait.js';
import { type BrokerLayoutOptions, layOutBroker } from './broker-layout.js';
import { PrivateBroker } from './private-broker.js';

const NODES = 3;

/** Starts a cluster of three nodes; each can be killed and started again. */
export async function startPrivateCluster({
  rabbit = '',
}: Pick<BrokerLayoutOptions, 'rabbit'> = {}): Promise<PrivateCluster> {
  const program = await requireRabbitmq();
  const names = Array.from({ length: NODES }, (_, index) => `n${index}${randomBytes(4).toString('hex')}`);
  // Peer discovery at the first start takes a third of the time of stop_app, join_cluster and start_app on each node.
  const config = names
    .map((name, index) => `cluster_formation.classic_config.nodes.${index + 1} = ${name}@localhost`)
    .join('\n');
  const [nodename = '', ...others] = names;
  const first = await layOutBroker(program, { nodename, config, rabbit });
  // All nodes use the epmd and cookie of the first one, so that they find and trust each other.
  const home = join(first.folder, 'home');
  await writeFile(join(home, '.erlang.cookie'), randomBytes(10).toString('hex'), { mode: 0o400 });
  const guestOf = { epmdPort: first.epmdPort, home };
  const rest = await Promise.all(
    others.map((name) => layOutBroker(program, { nodename: name, config, rabbit, guestOf })),
  );
  const cluster = new PrivateCluster([first, ...rest].map((layout) => new PrivateBroker(layout)));
  try {
    await cluster.start();
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

/** A cluster of three brokers. */
export class PrivateCluster {
  readonly nodes: readonly PrivateBroker[];

  constructor(nodes: readonly PrivateBroker[]) {
    this.nodes = nodes;
  }

  /** The AMQP URLs of all nodes, one each, for clients that know one host. */
  get urls(): string[] {
    return this.nodes.map((node) => node.url());
  }

  /** One URL with all hosts, as RABBITMQ_URL takes it. */
  get url(): string {
    return `amqp://guest:guest@${this.nodes.map(({ host, port }) => `${host}:${port}`).join(',')}/`;
  }

  /** Starts all nodes; resolves once they are one cluster. */
  async start(): Promise<void> {
    await this.nodes[0]?.startEpmd();
    await Promise.all(this.nodes.map((node) => node.start()));
    const count = async (): Promise<number> =>
      recordsOf(await this.nodes[0]?.management.get('/api/nodes')).filter(({ running }) => running === true).length;
    await waitFor(async () => (await count()) === NODES, { timeoutMs: 60_000, what: 'the nodes to be one cluster' });
  }

  /** The node that leads a quorum queue of the virtual host `/`. */
  async leaderOf(queue: string): Promise<PrivateBroker> {
    const witness = this.nodes.find((node) => node.isRunning);
    const rows = recordsOf(await witness?.ctlJson('list_queues', 'name', 'leader'));
    const leader = rows.find(({ name }) => name === queue)?.['leader'];
    const node = this.nodes.find(({ nodename }) => nodename === leader);
    if (node === undefined) throw new Error(`queue "${queue}" has no leader here: ${String(leader)}`);
    return node;
  }

  /** Ends everything and removes the folders; the first node last, whose epmd the others use. */
  async stop(): Promise<void> {
    for (const node of this.nodes.toReversed()) await node.stop();
  }
}
