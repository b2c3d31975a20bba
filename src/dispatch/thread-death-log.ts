import type { Logger } from 'pino';
import { decodeRoute } from '../amqp/index.js';
import { identityOf } from '../bridge/index.js';
import { messageOf } from '../errors/index.js';
import type { ThreadDeath, ThreadEnding } from '../threads/index.js';
import type { Delivery } from './delivery.js';

/** Piscina's words for a thread that exited. */
const EXITED = /exited with code:? (\d+)/;
/** A thread may have hundreds of instances. */
const MOST_SUSPECTS = 20;

/** Logs the running messages and the stack of a thread before the daemon terminates it. */
export function logEnding(logger: Logger, { thread, reason, running, stack }: ThreadEnding<Delivery>): void {
  const [first] = running;
  const more = running.length > 1 ? ` and ${running.length - 1} more` : '';
  const why = reason === undefined ? '' : ` (${messageOf(reason)})`;
  logger.warn(
    {
      thread,
      running: running.slice(0, MOST_SUSPECTS).map(suspectOf),
      ...(stack !== undefined && { stack: stack.split('\n') }),
    },
    `terminating worker thread ${thread}${why} while it runs ${first === undefined ? 'a message' : nameOf(first)}${more}`,
  );
}

/** Logs a thread's death and its suspects. */
export function logDeath(logger: Logger, { thread, orphans, cause, heap }: ThreadDeath<Delivery>): void {
  const suspects = orphans.filter(({ begun }) => begun);
  const exitCode = EXITED.exec(cause.message)?.[1];
  logger.error(
    {
      thread,
      err: cause,
      ...(exitCode !== undefined && { exitCode: Number(exitCode) }),
      ...(heap !== undefined && { heap }),
      begun: suspects.length,
      released: orphans.length - suspects.length,
      suspects: suspects.slice(0, MOST_SUSPECTS).map(({ delivery }) => suspectOf(delivery)),
    },
    `worker thread ${thread} died: ${messageOf(cause)}`,
  );
}

function suspectOf({ message, slot, state }: Delivery): object {
  const { queue, name, instance } = slot?.spec ?? {};
  return {
    queue,
    consumer: name,
    instance,
    deliveryTag: message.deliveryTag,
    redelivered: message.redelivered,
    bytes: message.bodyLength,
    // Its memory may hold another message now.
    ...(state !== 'lost' && { ...exchangeOf(message.route), ...identityOf(message) }),
  };
}

function nameOf({ message, slot, state }: Delivery): string {
  const { queue = '', name = '' } = slot?.spec ?? {};
  const { messageId } = state === 'lost' ? {} : identityOf(message);
  const id = messageId === undefined ? '' : `, messageId ${JSON.stringify(messageId)}`;
  return `delivery ${message.deliveryTag} of queue "${queue}" in ${name}${id}`;
}

function exchangeOf(route: Uint8Array): object {
  try {
    return { exchange: decodeRoute(route).exchange };
  } catch {
    // A log line must not end the daemon.
    return {};
  }
}
