import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect } from 'amqplib';
import { type Daemon, startDaemon } from '../support/daemon.js';
import { Ledger } from '../support/ledger.js';
import { type PrivateBroker, startPrivateBroker } from '../support/private-broker.js';
import { byLength } from '../support/test-length.js';
import { waitFor } from '../support/wait.js';

/** A broker of this file's own: others would not outlive what is done to it. */
let broker: PrivateBroker;

before(async () => {
  broker = await startPrivateBroker();
});

after(() => broker.stop());

/** Two fail by themselves; a thread that dies costs what runs there one more. */
const ATTEMPTS = 6;
/** Longer than all waits of a message together: what a strike has doubled has run by then. */
const HORIZON_MS = 2_000;

// RabbitMQ 3.10 can hang for ever where it is published to a quorum queue whose node was killed: that one is stopped.
for (const [type, how] of [
  ['classic', 'killed'],
  ['quorum', 'stopped'],
] as const) {
  test(`nothing is lost, and no attempt is one too many, when the broker is ${how} and threads die between retries: ${type} queues`, async (t) => {
    const queues = [`retries-${type}-a`, `retries-${type}-b`];
    const ledger = await Ledger.open(t, {
      urls: [broker.url()],
      queues,
      queueKeys: { x_queue_type: type },
      consumerClass: 'Tries',
      entryKeys: { retry: { attempts: ATTEMPTS, delay: '200ms', factor: 2 }, max_deaths: 0 },
      messagesPerSecond: 400,
    });
    const { config, ...rest } = ledger.daemon;
    // RabbitMQ 3.10 can hang for ever where it is published to while a quorum queue recovers.
    const connection = { ...config.connection, stall_timeout: '5s' };
    const daemon = await startDaemon(t, { url: broker.url(), ...rest, config: { ...config, connection } });
    await daemon.ready();
    ledger.publish();
    // A queue that was declared just before the broker is killed is the broker's to forget.
    await delayQueuesOf(queues);
    await broker.syncDeclarations();
    const end = async (): Promise<void> => (how === 'killed' ? broker.kill() : broker.shutdown());
    const restart = async (): Promise<void> => restartBroker(daemon, end);
    const die = async (): Promise<void> => endThread(daemon, queues[0] ?? '');
    const strikes = byLength({ short: 2, full: 8 });
    for (let count = 0; count < strikes; count++) {
      const blow = count % 2 === 0 ? restart : die;
      await ledger.strike(1, async () => {
        await blow();
        await passed(HORIZON_MS);
      });
    }
    await ledger.balance(daemon);
    const tries = daemon.records().filter(({ event }) => event === 'try');
    const counts = new Map<unknown, number>();
    for (const { id } of tries) counts.set(id, (counts.get(id) ?? 0) + 1);
    assert.ok(counts.size > 20, `${counts.size} messages were tried again`);
    assert.deepEqual(
      tries.filter(({ attempt }) => Number(attempt) > ATTEMPTS),
      [],
    );
    // A fault between the copy and the ack doubles the message, and its attempts begin where they were.
    const most = ATTEMPTS * (1 + strikes);
    assert.deepEqual(
      [...counts].filter(([, count]) => count > most),
      [],
    );
  });
}

/** Resolves when the queues for both waits are there. */
async function delayQueuesOf(queues: readonly string[]): Promise<void> {
  const wanted = queues.flatMap((queue) => [`${queue}.retry.200`, `${queue}.retry.400`]);
  const areThere = async (): Promise<boolean> => {
    const listed = (await broker.ctl('list_queues', 'name')).split('\n');
    return wanted.every((queue) => listed.includes(queue));
  };
  await waitFor(areThere, { everyMs: 300, timeoutMs: 20_000, what: wanted.join(', ') });
}

async function restartBroker(daemon: Daemon, end: () => Promise<void>): Promise<void> {
  const from = daemon.lines.length;
  await end();
  await daemon.waitForLine({ msg: /^connection lost/, from }, 60_000);
  await broker.start();
  await daemon.waitForLine({ msg: /^consuming again$/, from }, 60_000);
}

async function endThread(daemon: Daemon, queue: string): Promise<void> {
  const from = daemon.lines.length;
  const connection = await connect(broker.url());
  const channel = await connection.createConfirmChannel();
  channel.sendToQueue(queue, Buffer.from('die'), { persistent: true });
  await channel.waitForConfirms();
  await connection.close();
  await daemon.waitForLine({ msg: /^worker thread \d died/, from }, 60_000);
  await daemon.waitForLine({ msg: /^worker thread \d serves again$/, from }, 60_000);
}

async function passed(ms: number): Promise<void> {
  const since = Date.now();
  await waitFor(() => Date.now() - since >= ms, { what: 'the longest wait of a message' });
}
