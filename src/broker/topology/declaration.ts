import type { Channel } from 'amqplib';
import { BrokerError } from '../../errors/index.js';
import type { AmqpConnection } from '../connection/amqp-connection.js';
import { causeOf, type LiveConnection } from '../connection/live-connection.js';
import { reasonOf } from '../connection/refusal.js';
import { type Step, stepsOf, type Topology } from './topology.js';

const NOT_FOUND = 404;

/** The refusal of one entry of the file. */
export interface Refusal {
  readonly step: Step;
  readonly error: BrokerError;
  /** The entry was refused only because something it needs is missing. */
  readonly isConsequence: boolean;
}

export interface DeclarationResult {
  readonly refusals: readonly Refusal[];
  /** Names of refused or left-out steps. */
  readonly missing: ReadonlySet<string>;
  /** Later steps were not declared. */
  readonly lostAt?: Step;
}

export interface DeclarationOptions {
  readonly connection: LiveConnection;
  readonly topology: Topology;
  readonly isLeftOut: (step: Step) => boolean;
}

/** Declares what it can, on a channel of its own, because a refusal closes the channel. */
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
      channel = undefined;
    }
  }
  await channel?.close().catch(() => undefined);
  return { refusals, missing };
}

/** Returns the error of a refused step. */
export function mismatch({ place, what }: Pick<Step, 'place' | 'what'>, cause: unknown): BrokerError {
  return new BrokerError('TOPOLOGY_MISMATCH', `${place}: ${what} could not be declared: ${reasonOf(cause)}`, { cause });
}

/** Declares a durable queue unless it exists; its arguments may differ. */
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

/** False when the broker answers anything else or nothing. */
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

/** True when a durable queue has exactly these arguments; declares a missing one. */
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
    // It has others, or the user may not declare.
    return false;
  } finally {
    await channel.close().catch(() => undefined);
  }
}

/** True when the broker says that a queue or exchange does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === NOT_FOUND;
}

/** Counts messages on a channel of its own, because a missing queue closes it. */
export async function readyMessages(connection: AmqpConnection, queue: string): Promise<number> {
  const channel = await openChannel(connection);
  try {
    return (await channel.checkQueue(queue)).messageCount;
  } finally {
    await channel.close().catch(() => undefined);
  }
}

/** Opens a channel with an error listener: without one, an error would end the process. */
export async function openChannel(connection: AmqpConnection): Promise<Channel> {
  const { channel } = await connection.openChannel();
  channel.on('error', () => undefined);
  return channel;
}
