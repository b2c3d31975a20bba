import assert from 'node:assert/strict';
import { connect } from 'amqplib';
import type { Daemon } from '../daemon/daemon.js';
import type { Ledger, LedgerOptions } from './ledger.js';

/** Two attempts fail by themselves; each thread death costs one more. */
const ATTEMPTS = 6;
const OWN_FAILURES = 2;
const [FIRST_MS, SECOND_MS, JITTER] = [200, 400, 0.2];
/** Younger messages may not be on disk yet on a busy machine. */
const UNSAFE_MS = 1_000;

/** Options for a ledger whose messages fail and are retried after 200 and 400 ms. */
export const RETRY_LEDGER = {
  consumerClass: 'Tries',
  entryKeys: { retry: { attempts: ATTEMPTS, delay: `${FIRST_MS}ms`, factor: 2, jitter: JITTER }, max_deaths: 0 },
  messagesPerSecond: 400,
  // Long enough for a strike to find messages in both delay queues.
  withinMs: 1_000,
  // Longer than the three minutes after which RabbitMQ sends a dead-lettered message again that its target had not confirmed.
  patienceMs: 240_000,
} satisfies Partial<LedgerOptions>;

/** Shortens those three minutes to three seconds, in a broker's advanced.config. */
export const QUICK_MOVES = '{dead_letter_worker_publisher_confirm_timeout, 3000}';

/** The delay queues of these queues. */
export function delayQueuesOf(queues: readonly string[]): readonly string[] {
  return queues.flatMap((queue) => [`${queue}.retry.${FIRST_MS}`, `${queue}.retry.${SECOND_MS}`]);
}

/**
 * Numbers of confirmed messages that a killed broker may have lost: a classic queue drops an expired message
 * before its target has it on disk (https://www.rabbitmq.com/docs/dlx#safety). Their delay had just ended.
 */
export function inTransfer(daemon: Daemon, kill: { readonly from: number; readonly to: number }): readonly number[] {
  return daemon.records().flatMap(({ event, id, attempt, at }) => {
    if (event !== 'try') return [];
    const longestMs = FIRST_MS * 2 ** (Number(attempt) - 1);
    const [earliest, latest] = [Number(at) + (1 - JITTER) * longestMs, Number(at) + longestMs];
    return earliest <= kill.to && latest + UNSAFE_MS >= kill.from ? [Number(id)] : [];
  });
}

/** Strikes with the faults in turn; before the next one all messages, duplicates included, have ended. */
export async function strikeInTurn(
  ledger: Ledger,
  strikes: number,
  faults: readonly (() => Promise<void>)[],
): Promise<void> {
  for (let count = 0; count < strikes; count++) {
    await ledger.strike(1, async () => {
      await faults[count % faults.length]?.();
      await ledger.drained(delayQueuesOf(ledger.queues));
    });
  }
}

/** Kills a working thread of the daemon, and waits for its replacement. */
export async function endThread(daemon: Daemon, url: string, queue: string): Promise<void> {
  const from = daemon.lines.length;
  const connection = await connect(url);
  const channel = await connection.createConfirmChannel();
  channel.sendToQueue(queue, Buffer.from('die'), { persistent: true });
  await channel.waitForConfirms();
  await connection.close();
  await daemon.waitForLine({ msg: /^worker thread \d died/, from }, 60_000);
  await daemon.waitForLine({ msg: /^worker thread \d is ready again$/, from }, 60_000);
}

/** Checks that many messages were retried, and none too often. */
export function assertAttempts(daemon: Daemon, strikes: number): void {
  const tries = daemon.records().filter(({ event }) => event === 'try');
  const counts = new Map<unknown, number>();
  for (const { id } of tries) counts.set(id, (counts.get(id) ?? 0) + 1);
  assert.ok(counts.size > 20, `${counts.size} messages were tried again`);
  // Only a failure increases the attempt number, the message's own or the death of its thread: a redelivery after a
  // strike on the broker has the old number.
  const deaths = daemon.lines.filter(({ msg }) => /^worker thread \d died/.test(String(msg))).length;
  const highest = Math.min(ATTEMPTS, OWN_FAILURES + 1 + deaths);
  assert.deepEqual(
    tries.filter(({ attempt }) => Number(attempt) > highest),
    [],
    `attempts above ${highest}`,
  );
  // A fault between the copy and the ack duplicates the message, and both continue at the same attempt.
  const most = ATTEMPTS * (1 + strikes);
  assert.deepEqual(
    [...counts].filter(([, count]) => count > most),
    [],
    `more tries than ${most}`,
  );
}
