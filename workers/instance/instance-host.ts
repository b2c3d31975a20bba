import type { Logger } from 'pino';
import type { DeliveryReader } from '../../src/bridge/index.js';
import type { Resources } from '../../src/consumer-api/index.js';
import type { Bridge } from '../answer/delivery-amqp.js';
import type { HeapWatch } from '../heap/heap-watch.js';
import type { ThreadTracing } from '../tracing/thread-tracing.js';
import type { CleanContext } from './clean-context.js';
import type { StopDeadline } from './stop-deadline.js';

/** Takes its turn among the instances of a thread. */
export interface Stepped {
  step(): void;
}

/** The parts of a thread that an instance uses. */
export interface InstanceHost extends Bridge {
  readonly thread: number;
  readonly context: CleanContext;
  /** Of this thread, once its startup handler has ended. */
  readonly resources: Resources;
  readonly heapWatch: HeapWatch;
  /** Undefined: no spans. */
  readonly tracing?: ThreadTracing | undefined;
  readonly deadline: StopDeadline;
  readonly reader: DeliveryReader;
  runnable(instance: Stepped): void;
  createLogger(fields: object, current: () => object): Logger;
}
