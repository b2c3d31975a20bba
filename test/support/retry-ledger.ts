import assert from 'node:assert/strict';
import { connect } from 'amqplib';
import { judgeAttempts } from './attempt-judge.js';
import type { Daemon } from './daemon.js';
import type { Ledger, LedgerOptions } from './ledger.js';
import { waitFor } from './wait.js';

const ATTEMPTS = 5;
const [FIRST_MS, LONGEST_MS, JITTER] = [200, 400, 0.2];
/** What is younger may not be on disk yet, where a machine has much to do. */
const UNSAFE_MS = 1_000;
/** How many attempts at a message fail, by its number and in turn. An odd number of turns: each of two queues has all kinds. */
const FAILURES = [ATTEMPTS, 2, 2, ...Array.from({ length: 18 }, () => 0)];

/** For a ledger whose messages fail and are tried again, with waits of 200 and 400 ms; one of 21 to the end of its attempts. */
export const RETRY_LEDGER = {
  consumerClass: 'Tries',
  consumerOptions: { attempts: ATTEMPTS, failures: FAILURES },
  entryKeys: {
    retry: {
      attempts: ATTEMPTS,
      delay: `${FIRST_MS}ms`,
      factor: 2,
      max_delay: `${LONGEST_MS}ms`,
      jitter: JITTER,
    },
    max_deaths: 0,
  },
  messagesPerSecond: 400,
} satisfies Partial<LedgerOptions>;

/** The queues that messages of these wait in. */
export function delayQueuesOf(queues: readonly string[]): readonly string[] {
  return queues.flatMap((queue) => [`${queue}.retry.${FIRST_MS}`, `${queue}.retry.${LONGEST_MS}`]);
}

/**
 * Numbers of messages that a broker may have lost when it was killed, though it had confirmed them: a classic queue lets go of
 * what has waited before its target has it on disk (https://www.rabbitmq.com/docs/dlx#safety). Their wait had just ended.
 */
export function onTheirWayBack(
  daemon: Daemon,
  kill: { readonly from: number; readonly to: number },
): readonly number[] {
  return daemon.records().flatMap(({ event, id, attempt, at }) => {
    if (event !== 'try') return [];
    const longestMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** (Number(attempt) - 1));
    const [earliest, latest] = [Number(at) + (1 - JITTER) * longestMs, Number(at) + longestMs];
    return earliest <= kill.to && latest + UNSAFE_MS >= kill.from ? [Number(id)] : [];
  });
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
      await ledger.answered();
      // The second of two that are one message may come behind it: once more, with what came behind both.
      await ledger.answered();
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
export function assertAttempts(daemon: Daemon, { strikes }: Ledger): void {
  const tries = daemon.records().flatMap(({ event, id, attempt, at }) => {
    return event === 'try' ? [{ id: Number(id), attempt: Number(attempt), at: Number(at) }] : [];
  });
  const seen = new Set(tries.map(({ id }) => id)).size;
  assert.ok(seen > 20, `${seen} messages were tried again`);
  const told = (what: RegExp): number[] => {
    return daemon.lines.flatMap(({ msg, time }) => (what.test(String(msg)) ? [Number(time)] : []));
  };
  const problems = judgeAttempts({
    tries,
    strikes,
    deaths: told(/^worker thread \d died/),
    uncopied: told(/^a message that failed could not be copied/).length,
    failuresOf,
    limit: ATTEMPTS,
  });
  assert.deepEqual(problems, [], problems.join('\n'));
}

/** What failed at all of its attempts is kept, and nothing else; the daemon has stopped. */
export async function assertExhausted(url: string, { queues, confirmed }: Ledger): Promise<void> {
  const dead = (await Promise.all(queues.map((queue) => drain(url, `${queue}.dead`)))).flat();
  const ids = new Set(dead.map(({ id }) => id));
  const owed = [...confirmed].filter((id) => failuresOf(id) === ATTEMPTS);
  assert.ok(owed.length > 10, `${owed.length} messages were to be exhausted`);
  const lost = owed.filter((id) => !ids.has(id));
  assert.deepEqual(lost, [], 'exhausted, and not put aside');
  const strange = dead.filter(({ id, attempts }) => failuresOf(id) !== ATTEMPTS || attempts !== ATTEMPTS);
  assert.deepEqual(strange, [], 'put aside before the end of its attempts');
}

function failuresOf(id: number): number {
  return FAILURES[id % FAILURES.length] ?? 0;
}

/** All messages of a queue, by their numbers, and how many attempts their headers tell of. */
async function drain(url: string, queue: string): Promise<readonly { id: number; attempts: unknown }[]> {
  const connection = await connect(url);
  try {
    const channel = await connection.createChannel();
    const { messageCount } = await channel.checkQueue(queue);
    const drained: { id: number; attempts: unknown }[] = [];
    const note = (id: unknown, attempts: unknown): unknown => drained.push({ id: Number(id), attempts });
    await channel.consume(
      queue,
      (message) => note(message?.properties.messageId, message?.properties.headers?.['x-amqp-dispatcher-attempts']),
      { noAck: true },
    );
    const what = (): string => `${messageCount} messages of ${queue}, of which ${drained.length} came`;
    await waitFor(() => drained.length >= messageCount, { what });
    return drained;
  } finally {
    await connection.close();
  }
}
