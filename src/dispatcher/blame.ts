import type { Logger } from 'pino';
import { messageOf } from '../errors/index.js';
import type { ThreadDeath } from '../pool/index.js';
import { decodeRoute, identityOf } from '../protocol/index.js';
import type { Delivery } from './delivery.js';

/** Piscina's words for a thread that ended by itself. */
const EXITED = /exited with code:? (\d+)/;
/** Enough to find the message; a thread with hundreds of instances is no reason for a line of a hundred kilobytes. */
const MOST_SUSPECTS = 20;

/** Says what a thread died of, what ran there and may be the reason, and how much was innocent. */
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

function suspectOf({ message, handedTo, state }: Delivery): object {
  const { queue, name, instance } = handedTo?.slot.spec ?? {};
  return {
    queue,
    consumer: name,
    instance,
    deliveryTag: message.deliveryTag,
    redelivered: message.redelivered,
    bytes: message.bodyLength,
    // With its channel it lost its memory, in which another message may lie now.
    ...(state !== 'lost' && { ...exchangeOf(message.route), ...identityOf(message) }),
  };
}

function exchangeOf(route: Uint8Array): object {
  try {
    return { exchange: decodeRoute(route).exchange };
  } catch {
    // What cannot be read names nothing, and what is told here must not end the daemon.
    return {};
  }
}
