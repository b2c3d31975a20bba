import assert from 'node:assert/strict';
import { connect } from 'amqplib';
import type { Daemon } from './daemon.js';
import type { Ledger, LedgerOptions } from './ledger.js';
import { waitFor } from './wait.js';

/** Two fail by themselves; a thread that dies costs what runs there one more. */
const ATTEMPTS = 6;
/** Longer than all waits of a message together: what a strike has doubled has run by then. */
const HORIZON_MS = 2_000;

/** For a ledger whose messages fail and are tried again, with waits of 200 and 400 ms. */
export const RETRY_LEDGER = {
  consumerClass: 'Tries',
  entryKeys: { retry: { attempts: ATTEMPTS, delay: '200ms', factor: 2 }, max_deaths: 0 },
  messagesPerSecond: 400,
} satisfies Partial<LedgerOptions>;

/** The queues that messages of these wait in. */
export function delayQueuesOf(queues: readonly string[]): readonly string[] {
  return queues.flatMap((queue) => [`${queue}.retry.200`, `${queue}.retry.400`]);
}

/** Strikes with one blow after the other, each survived by all that it has doubled before the next comes. */
export async function strikeInTurn(
  ledger: Ledger,
  strikes: number,
  blows: readonly (() => Promise<void>)[],
): Promise<void> {
  for (let count = 0; count < strikes; count++) {
    await ledger.strike(1, async () => {
      await blows[count % blows.length]?.();
      const since = Date.now();
      await waitFor(() => Date.now() - since >= HORIZON_MS, { what: 'the longest wait of a message' });
    });
  }
}

/** Kills a thread of the daemon while it works, and waits for its successor. */
export async function endThread(daemon: Daemon, url: string, queue: string): Promise<void> {
  const from = daemon.lines.length;
  const connection = await connect(url);
  const channel = await connection.createConfirmChannel();
  channel.sendToQueue(queue, Buffer.from('die'), { persistent: true });
  await channel.waitForConfirms();
  await connection.close();
  await daemon.waitForLine({ msg: /^worker thread \d died/, from }, 60_000);
  await daemon.waitForLine({ msg: /^worker thread \d serves again$/, from }, 60_000);
}

/** Many messages were tried again, and none too often. */
export function assertAttempts(daemon: Daemon, strikes: number): void {
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
}
