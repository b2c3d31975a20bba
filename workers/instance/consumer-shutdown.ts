import { fromErrorData, type SlotSpec, toErrorData } from '../../src/bridge/index.js';
import type { Consumer } from '../../src/consumer-api/index.js';
import { messageOf } from '../../src/errors/index.js';
import type { RepeatedLines } from '../../src/logging/index.js';

/** The method that an instance may have for its end. */
export type Closable = Pick<Consumer, 'shutdown'>;

export interface ShutdownOptions {
  readonly consumer: Closable;
  /** The error of `consume`, or `null` when the daemon stops. */
  readonly exception: Error | null;
  readonly spec: SlotSpec;
  readonly lines: RepeatedLines;
}

/** Resolves after `shutdown`, or when its time is over. Never rejects. */
export async function shutDown(options: ShutdownOptions): Promise<void> {
  const { spec, lines } = options;
  const { consumer: name, shutdownTimeoutMs } = spec;
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      const text = `shutdown of ${name} outlasted shutdown_timeout (${shutdownTimeoutMs} ms)`;
      lines.write({ level: 'error', kind: text, text, fields: () => ({ code: 'CONSUMER_SHUTDOWN_TIMEOUT' }) });
      resolve();
    }, shutdownTimeoutMs);
  });
  await Promise.race([callShutdown(options), timedOut]);
  clearTimeout(timer);
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
