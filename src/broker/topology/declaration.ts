import type { Channel } from 'amqplib';
import { BrokerError } from '../../errors/index.js';
import type { AmqpConnection } from '../connection/amqp-connection.js';
import { causeOf, type LiveConnection } from '../connection/live-connection.js';
import { reasonOf } from '../connection/refusal.js';
import { type Step, stepsOf, type Topology } from './topology.js';

const NOT_FOUND = 404;

/** What the broker said to one entry of the file. */
export interface Refusal {
  readonly step: Step;
  /** `TOPOLOGY_MISMATCH`, with the entry and the broker's words. */
  readonly error: BrokerError;
  /** True when something that the entry needs is missing: it is no fault of its own. */
  readonly isConsequence: boolean;
}

export interface DeclarationResult {
  readonly refusals: readonly Refusal[];
  /** Names of steps that do not stand: refused, or left out. */
  readonly missing: ReadonlySet<string>;
  /** Where the connection went; what comes after it was not declared. */
  readonly lostAt?: Step;
}

export interface DeclarationOptions {
  readonly connection: LiveConnection;
  readonly topology: Topology;
  /** True for a step that is left out: the broker closes the connection over it. */
  readonly isLeftOut: (step: Step) => boolean;
}

/**
 * Declares what can be declared, on a channel of its own: a refusal closes the channel, and must not take a subscription
 * with it; and one entry that does not fit must not keep the others away.
 */
export async function declareTopology(options: DeclarationOptions): Promise<DeclarationResult> {
  const { connection, topology, isLeftOut } = options;
  const refusals: Refusal[] = [];
  const missing = new Set<string>();
  let channel: Channel | undefined;
  for (const step of stepsOf(topology)) {
    if (isLeftOut(step)) {
      missing.add(step.name);
      continue;
    }
    try {
      channel ??= await openChannel(connection.opened);
      await step.declare(channel);
    } catch (error) {
      if (connection.gone.aborted) return { refusals, missing, lostAt: step };
      refusals.push({
        step,
        error: mismatch(step, error),
        isConsequence: isNotFound(error) && step.needs.some((name) => missing.has(name)),
      });
      missing.add(step.name);
      // The refusal closed it.
      channel = undefined;
    }
  }
  await channel?.close().catch(() => undefined);
  return { refusals, missing };
}

/** The error for a step that the broker refused, or closed the connection over. */
export function mismatch({ path, what }: Pick<Step, 'path' | 'what'>, cause: unknown): BrokerError {
  return new BrokerError('TOPOLOGY_MISMATCH', `${path}: ${what} could not be declared: ${reasonOf(cause)}`, { cause });
}

/** Makes sure that a durable queue exists; one that does is taken as it is, whatever its arguments. */
export async function ensureQueue(
  connection: LiveConnection,
  queue: string,
  args: Readonly<Record<string, unknown>>,
): Promise<void> {
  try {
    if (await exists(connection.opened, queue)) return;
    const channel = await openChannel(connection.opened);
    await channel.assertQueue(queue, { durable: true, arguments: args });
    await channel.close();
  } catch (error) {
    throw causeOf(connection, error);
  }
}

/** True when the broker says that there is no such queue; false when it says anything else, or nothing. */
export async function isQueueMissing(connection: AmqpConnection, queue: string): Promise<boolean> {
  try {
    return !(await exists(connection, queue));
  } catch {
    return false;
  }
}

async function exists(connection: AmqpConnection, queue: string): Promise<boolean> {
  try {
    await readyMessages(connection, queue);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** True when a durable queue has exactly these arguments; one that does not exist is declared so. */
export async function hasArguments(
  connection: AmqpConnection,
  queue: string,
  args: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const channel = await openChannel(connection);
  try {
    await channel.assertQueue(queue, { durable: true, arguments: args });
    return true;
  } catch {
    // It has others, or the user may not declare: then nothing is known of it.
    return false;
  } finally {
    await channel.close().catch(() => undefined);
  }
}

/** True for the broker's word that a queue or an exchange does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === NOT_FOUND;
}

/** Messages that wait in a queue; a missing queue closes the channel that asks, so that is one of its own. */
export async function readyMessages(connection: AmqpConnection, queue: string): Promise<number> {
  const channel = await openChannel(connection);
  try {
    return (await channel.checkQueue(queue)).messageCount;
  } finally {
    await channel.close().catch(() => undefined);
  }
}

/** Opens a channel whose errors are heard: amqplib rejects the pending call as well, but without a listener the process ends. */
export async function openChannel(connection: AmqpConnection): Promise<Channel> {
  const { channel } = await connection.openChannel();
  channel.on('error', () => undefined);
  return channel;
}
