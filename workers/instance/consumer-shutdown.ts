import { fromErrorData, type SlotSpec, toErrorData } from '../../src/bridge/index.js';
import type { Consumer } from '../../src/consumer-api/index.js';
import { messageOf } from '../../src/errors/index.js';
import type { RepeatedLines } from '../../src/logging/index.js';
import type { StopDeadline } from './stop-deadline.js';

/** The method that an instance may have for its end. */
export type Closable = Pick<Consumer, 'shutdown'>;

export interface ShutdownOptions {
  readonly consumer: Closable;
  /** The error of `consume`, or `null` when the daemon stops. */
  readonly exception: Error | null;
  readonly spec: SlotSpec;
  readonly lines: RepeatedLines;
  /** Of the thread. */
  readonly deadline: StopDeadline;
}

/** Resolves after `shutdown`, or when its time is over. Never rejects. */
export async function shutDown(options: ShutdownOptions): Promise<void> {
  const { spec, lines, deadline } = options;
  const { consumer: name, shutdownTimeoutMs } = spec;
  await deadline.within(shutdownTimeoutMs, callShutdown(options), (allowedMs) => {
    const limit = allowedMs === shutdownTimeoutMs ? 'shutdown_timeout' : 'the time that the stop has left';
    const text = `shutdown of ${name} outlasted ${limit} (${allowedMs} ms)`;
    lines.write({ level: 'error', kind: text, text, fields: () => ({ code: 'CONSUMER_SHUTDOWN_TIMEOUT' }) });
  });
}

async function callShutdown({ consumer, exception, spec, lines }: ShutdownOptions): Promise<void> {
  try {
    await consumer.shutdown?.(exception);
  } catch (error) {
    const err = shown(error);
    const text = `shutdown of ${spec.consumer} threw: ${messageOf(err)}`;
    lines.write({ level: 'error', kind: text, text, fields: () => ({ err }) });
  }
}

/** False: nobody needs to wait. */
export function hasShutdown(consumer: Closable): boolean {
  try {
    return consumer.shutdown !== undefined;
  } catch {
    // A throwing getter: its caller logs the error.
    return true;
  }
}

/** Getters and traps may throw again. */
export function shown(thrown: unknown): Error {
  return fromErrorData(toErrorData(thrown));
}
