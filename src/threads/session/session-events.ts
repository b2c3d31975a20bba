import type { OutgoingMessage } from '../../amqp/index.js';
import type { MetricChange } from '../../bridge/index.js';

/** Called once: when the broker has confirmed, or with an error. */
export type PublishDone = (error?: unknown) => void;

/** Events of a session, beside the calls to its deliveries. */
export interface SessionEvents<Delivery> {
  /** `delivery` is undefined once it has finished. */
  publish(delivery: Delivery | undefined, message: OutgoingMessage, done: PublishDone): void;
  slotDown(slot: number): void;
  slotUp(slot: number): void;
  slotAwake(slot: number): void;
  log(line: string): void;
  /** Changes of the consumers' own metrics. @param session as an identity */
  metrics(session: object, changes: readonly MetricChange[]): void;
  /** The session has ended: no more of its metrics follow. */
  metricsGone(session: object): void;
}
