import type { AnswerName, OutgoingMessage, Verdict } from '../protocol/index.js';

/** Called once, when the broker has confirmed the message, or with what went wrong. */
export type PublishDone = (error?: unknown) => void;

/** What a session tells; `settle` and `publish` are the two ports that the broker implements. */
export interface SessionEvents<Delivery> {
  /** When a consumer answered; "none" never comes here. */
  settle(delivery: Delivery, answer: Exclude<AnswerName, 'none'>): void;
  /** When `consume` threw, perhaps what it asks for. The delivery is no longer with the thread. */
  failed(delivery: Delivery, error: Error, verdict?: Verdict): void;
  /** When one message of a batch failed while `consume` goes on: it is with the thread until that ends. */
  failedAlone(delivery: Delivery, error: Error, verdict?: Verdict): void;
  /** When `consume` ended well. The delivery is no longer with the thread. */
  finished(delivery: Delivery): void;
  /** When a consumer publishes; `delivery` is undefined once it has finished. */
  publish(delivery: Delivery | undefined, message: OutgoingMessage, done: PublishDone): void;
  slotDown(slot: number): void;
  slotUp(slot: number): void;
  /** When a slot came across deliveries that were taken back from it: its thread is not blocked any more. */
  slotAwake(slot: number): void;
  log(line: string): void;
}
