import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ChannelModel } from 'amqplib';
import { messageOf } from '../src/errors/index.js';
import { type ExampleArguments, readArguments, USAGE } from './arguments.js';
import { Customers } from './customers.js';
import { findBroker, lookAt, openConnection, refuseForeignQueues, removeShop } from './shop-broker.js';
import { ShopDaemon } from './shop-daemon.js';
import { readPlan, type ShopPlan } from './shop-plan.js';
import { StopRequest } from './stop-request.js';
import { formatConnections, formatTable, isAccountedFor, summarize } from './summary.js';

/** `npm run example`: runs the daemon on a real RabbitMQ with a steady stream of messages, until Ctrl-C or `--for`. */

// From dist/examples to examples: the shop is what a user writes, so it is not compiled.
const CONFIG_FILE = fileURLToPath(new URL('../../examples/shop/config.yml', import.meta.url));
const THREADS = 2;
const HEARTBEAT_SECONDS = 2;
const SETTLE_MS = 2_000;

const INTRODUCTION = `
A shop, on ${THREADS} worker threads. Customers publish 2 orders a second to the topic exchange "shop".

  OrderConsumer    reads order.*     publishes invoice.created and waits for the broker's confirm
  InvoiceConsumer  reads invoice.*   sometimes computes 5 s without yielding; the heartbeat is ${HEARTBEAT_SECONDS} s
  EmailConsumer    reads *.created   sometimes throws: shutdown(error), a new instance, the message is redelivered

Ctrl-C stops it gracefully and prints what happened to every message.
`;

async function main(args: readonly string[]): Promise<number> {
  const asked = read(args);
  if (asked === undefined) return 2;
  console.log(INTRODUCTION);
  const stop = new StopRequest();
  const broker = await findBroker();
  try {
    return stop.signal.aborted ? 0 : await runShop(broker.url, asked, stop);
  } finally {
    await broker.stop();
  }
}

function read(args: readonly string[]): ExampleArguments | undefined {
  try {
    return readArguments(args);
  } catch (error) {
    console.error(`${messageOf(error)}\n${USAGE}`);
    return undefined;
  }
}

async function runShop(url: string, { forMs }: ExampleArguments, stop: StopRequest): Promise<number> {
  const plan = await readPlan(CONFIG_FILE);
  const connection = await openConnection(url);
  try {
    await refuseForeignQueues(connection, plan);
    const daemon = await ShopDaemon.start({
      url,
      configFile: CONFIG_FILE,
      threads: THREADS,
      heartbeatSeconds: HEARTBEAT_SECONDS,
    });
    try {
      const customers = new Customers(connection);
      // The example ends with the daemon.
      void daemon.exited.then(() => stop.now());
      await daemon.ready(stop.signal);
      if (forMs !== undefined) stop.after(forMs);
      await customers.order(stop.signal);
      const code = await daemon.stop(stop.impatience);
      return await report({ plan, connection, daemon, customers, code });
    } finally {
      await daemon.discard();
      await removeShop(connection, plan);
    }
  } finally {
    // The loss of the connection has been reported before.
    await connection.close().catch(() => undefined);
  }
}

interface Ending {
  readonly plan: ShopPlan;
  readonly connection: ChannelModel;
  readonly daemon: ShopDaemon;
  readonly customers: Customers;
  readonly code: number | null;
}

async function report({ plan, connection, daemon, customers, code }: Ending): Promise<number> {
  const log = await daemon.log();
  const look = async () => summarize({ plan, log, ordered: customers.published, left: await leftOn(connection, plan) });
  let rows = await look();
  // The broker takes back a closed channel's messages a moment after the daemon exits.
  for (const end = performance.now() + SETTLE_MS; !isAccountedFor(rows) && performance.now() < end; ) {
    await sleep(100);
    rows = await look();
  }
  console.log(`\n${formatTable(rows)}\n`);
  console.log(
    'requeued: consume threw, or the daemon stopped before it began; left: in the queue now, counted by the broker',
  );
  console.log(
    isAccountedFor(rows)
      ? 'Every message is accounted for: on each queue, published = acked + left.'
      : 'NOT every message is accounted for: on each queue, published should equal acked + left.',
  );
  console.log(formatConnections(log, HEARTBEAT_SECONDS));
  console.log(`The daemon ended with exit code ${code ?? 'none, a signal ended it'}.`);
  return code === 0 && isAccountedFor(rows) ? 0 : 1;
}

async function leftOn(connection: ChannelModel, { queues }: ShopPlan): Promise<Map<string, number>> {
  const left = new Map<string, number>();
  for (const { name } of queues) left.set(name, (await lookAt(connection, name))?.messages ?? 0);
  return left;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`the example failed: ${messageOf(error)}`);
  process.exitCode = 1;
}
