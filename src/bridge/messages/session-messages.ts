import type { SharedSegment } from '../../amqp/index.js';
import type { ClaimId } from '../delivery/claim-table.js';
import type { ErrorData } from '../errors/error-data.js';
import type { SlotSpec } from './slot-spec.js';
import type { StartStep } from './start-step.js';

/** How many numbers hand one delivery over. */
export const DELIVERY_SIZE = 3;

/** Publish requests of one thread that may wait for their reply at one time. */
export const PUBLISH_WINDOW = 256;

/** Main thread → worker. */
export type ToWorker =
  | RunStartup
  | Ask
  | HostSlots
  | Deliver
  | LearnSegment
  | ForgetSegment
  | Lose
  | Expire
  | AbortAll
  | Replies
  | Quit;

/** Run the startup handler of this thread. */
export interface RunStartup {
  readonly type: 'startup';
}
/** Say that the event loop turns. */
export interface Ask {
  readonly type: 'ask';
}
/** Load the consumer modules and construct these instances. */
export interface HostSlots {
  readonly type: 'host';
  readonly slots: readonly SlotSpec[];
}
/** Deliveries: three numbers for each (slot, cell, generation), in their order. */
export interface Deliver {
  readonly type: 'deliver';
  readonly deliveries: readonly number[];
}
/** Messages lie in this memory from now on. */
export interface LearnSegment {
  readonly type: 'segment';
  readonly segment: SharedSegment;
}
/** No message will lie there again. */
export interface ForgetSegment {
  readonly type: 'forget';
  readonly id: number;
}
/** These deliveries went with their channel: abort their signals. */
export interface Lose {
  readonly type: 'lose';
  readonly claimIds: readonly ClaimId[];
  readonly reason: string;
}
/** This delivery has outlasted its soft timeout: abort its signal. */
export interface Expire {
  readonly type: 'expire';
  readonly claimId: ClaimId;
  readonly reason: string;
}
/** The stop does not wait any longer: abort every signal, termination follows. */
export interface AbortAll {
  readonly type: 'abort';
  readonly reason: string;
}
/** Answers to publish requests. */
export interface Replies {
  readonly type: 'replies';
  /** The request ids of what the broker has confirmed: nearly all, and numbers are cheap to clone. */
  readonly confirmed: readonly number[];
  readonly refused: readonly Refusal[];
}
/** Shut every instance down and end the session. */
export interface Quit {
  readonly type: 'quit';
}

/** Worker → main thread. */
export type FromWorker =
  | Booted
  | Began
  | Awake
  | StartupDone
  | StartupFailed
  | Hosted
  | HostFailed
  | Batch
  | LogLine
  | Ended;

/** The session has begun and listens. */
export interface Booted {
  readonly type: 'booted';
}
/** The next step of the start begins. */
export interface Began {
  readonly type: 'began';
  readonly step: StartStep;
}
/** The answer to `Ask`. */
export interface Awake {
  readonly type: 'awake';
}
/** The startup handler returned, or there is none. */
export interface StartupDone {
  readonly type: 'startup_done';
}
/** The startup handler could not be loaded, or threw. */
export interface StartupFailed {
  readonly type: 'startup_failed';
  readonly error: ErrorData;
}
/** Every module is loaded and every instance was tried; those that could not be made are tried again. */
export interface Hosted {
  readonly type: 'hosted';
  readonly failures: readonly { readonly slot: number; readonly error: ErrorData }[];
}
/** A consumer module cannot be used. */
export interface HostFailed {
  readonly type: 'host_failed';
  readonly slot: number;
  readonly error: ErrorData;
}
/** Everything that the worker had to say since its last batch. */
export interface Batch {
  readonly type: 'batch';
  /** Flat list, see report.ts. */
  readonly reports: readonly number[];
  readonly commands: readonly Command[];
  /** What is to be published, packed by `PublishPacker`; each is answered by a reply. */
  readonly publishes?: ArrayBuffer;
}
/** A finished line of JSON from a consumer's logger. */
export interface LogLine {
  readonly type: 'log';
  readonly line: string;
}
/** Every instance is shut down; nothing comes after this. */
export interface Ended {
  readonly type: 'ended';
}

/** What a worker tells, apart from reports and publishes. */
export type Command = Failed | SlotDown | SlotUp | SlotAwake;

/** How the consumer wants its message to end. The failure policy of the entry has the last word; the instance goes on. */
export type ConsumerDecision =
  /** The consumer threw `Retry`. */
  | { readonly type: 'retry'; readonly delayMs?: number }
  /** The consumer threw `Reject`. */
  | { readonly type: 'reject' }
  /** It is not what its entry decodes, and reached no consumer (validation-errors.ts). */
  | { readonly type: 'invalid'; readonly errors: readonly string[] };

/** `consume` threw; the main thread's policy decides the answer. */
export interface Failed {
  readonly type: 'failed';
  readonly claimId: ClaimId;
  readonly error: ErrorData;
  readonly decision?: ConsumerDecision;
  /** Of a batch whose consumer has not ended: the end of this delivery is reported later, as for one that was answered. */
  readonly goesOn?: boolean;
}
/** The slot takes no deliveries: its instance is being replaced. */
export interface SlotDown {
  readonly type: 'slot_down';
  readonly slot: number;
}
/** The slot's new instance takes deliveries. */
export interface SlotUp {
  readonly type: 'slot_up';
  readonly slot: number;
}

/** The slot came across deliveries that had been taken back from it: its thread is not blocked any more. */
export interface SlotAwake {
  readonly type: 'slot_awake';
  readonly slot: number;
}

/** A publish that failed. */
export interface Refusal {
  readonly requestId: number;
  readonly error: ErrorData;
}
