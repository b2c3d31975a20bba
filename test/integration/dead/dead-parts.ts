import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Options } from 'amqplib';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type DaemonExit, startDaemon } from '../../support/daemon/daemon.js';
import { type JsonRecord, parseRecordLines } from '../../support/json-record.js';
import { waitFor } from '../../support/wait.js';

/** What a command printed, and how it ended. */
export interface Outcome {
  readonly exit: DaemonExit;
  readonly stdout: string;
  readonly stderr: string;
  readonly lines: readonly JsonRecord[];
}

/** Runs `amqp-dispatcher dead` to its end. */
export async function dead(t: TestContext, vhost: TestVhost, ...args: readonly string[]): Promise<Outcome> {
  const command = await startDaemon(t, { url: vhost.url, args: ['dead', ...args] });
  const exit = await command.exit(60_000);
  return { exit, stdout: command.stdout, stderr: command.stderr, lines: parseRecordLines(command.stdout) };
}

/** A virtual host with the queues `q` and `q.dead`. */
export async function deadQueues(t: TestContext, type: string): Promise<TestVhost> {
  const vhost = await testVhost(t);
  const channel = await vhost.channel();
  for (const queue of ['q', 'q.dead']) await channel.assertQueue(queue, { arguments: { 'x-queue-type': type } });
  return vhost;
}

/** Puts a message into `q.dead` that died at a second of 2026. */
export async function bury(vhost: TestVhost, id: string, second: number, more: Options.Publish = {}): Promise<void> {
  const headers = {
    'x-amqp-dispatcher-queue': 'q',
    'x-amqp-dispatcher-reason': 'exhausted',
    'x-amqp-dispatcher-cause': 'timeout of smtp',
    'x-amqp-dispatcher-error-type': 'TypeError E_TEST',
    'x-amqp-dispatcher-died-at': { '!': 'timestamp', value: 1_767_225_600 + second },
    ...more.headers,
  };
  await vhost.publish('q.dead', `body of ${id}`, { messageId: id, ...more, headers });
}

/** Waits until queues have so many messages. */
export async function holds(vhost: TestVhost, counts: Readonly<Record<string, number>>): Promise<void> {
  for (const [queue, count] of Object.entries(counts)) {
    const what = `${count} messages in ${queue}`;
    await waitFor(async () => (await vhost.messageCount(queue)) === count, { what });
  }
}

/** Takes everything out of a queue; returns the ids. */
export async function drainedIds(vhost: TestVhost, queue: string): Promise<unknown[]> {
  const channel = await vhost.channel();
  const found: unknown[] = [];
  for (let next = await channel.get(queue, { noAck: true }); next !== false; ) {
    found.push(next.properties.messageId);
    next = await channel.get(queue, { noAck: true });
  }
  return found;
}

export const idsOf = (lines: readonly JsonRecord[]): unknown[] => lines.map(({ id }) => id);

/** A folder that is gone after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dead-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
