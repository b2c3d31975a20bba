import type { ReceivedMessage } from '../../amqp/index.js';
import type { Claimable, ConsumerDecision, Report, ThreadSpan } from '../../bridge/index.js';

/** A delivery, as the link calls it. */
export interface Deliverable extends Claimable {
  readonly message: ReceivedMessage;
  /** True once its thread has reported the answer. */
  isTold: boolean;
  /** When its `consume` began, on this thread's clock; undefined before. Set when it ends. */
  beganAtMs: number | undefined;
  /** When its `consume` ended; undefined if its thread did not say. */
  endedAtMs: number | undefined;
  /** The span of its `consume`, when it has ended; undefined without tracing. */
  threadSpan?: ThreadSpan | undefined;
  reported(report: Report): void;
  failed(failure: ThreadFailure): void;
}

export interface ThreadFailure {
  readonly error: Error;
  readonly decision?: ConsumerDecision | undefined;
  /** False: the `consume` of its batch goes on. */
  readonly hasEnded: boolean;
}

/** A delivery that was with a thread when it died. */
export interface Orphan<Delivery> {
  readonly delivery: Delivery;
  /** False for innocents: not begun, or finished but not yet reported. */
  readonly begun: boolean;
  /** True: certainly not begun. */
  readonly isUnseen: boolean;
}
