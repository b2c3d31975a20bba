import type { OutgoingMessage } from '../../amqp/index.js';

/** Called once, when the broker has confirmed the message, or with what went wrong. */
export type PublishDone = (error?: unknown) => void;

/** What a session tells beside what its deliveries hear themselves. */
export interface SessionEvents<Delivery> {
  /** When a consumer publishes; `delivery` is undefined once it has finished. */
  publish(delivery: Delivery | undefined, message: OutgoingMessage, done: PublishDone): void;
  slotDown(slot: number): void;
  slotUp(slot: number): void;
  /** When a slot came across deliveries that were taken back from it: its thread is not blocked any more. */
  slotAwake(slot: number): void;
  log(line: string): void;
}
