import type { SharedSegment } from '../../amqp/index.js';
import type { ClaimId } from '../delivery/claim-table.js';
import type { ErrorData } from '../errors/error-data.js';
import type { MetricChange } from './metric-changes.js';
import type { SlotSpec } from './slot-spec.js';
import type { StartStep } from './start-step.js';

/** Numbers per posted delivery. */
export const DELIVERY_SIZE = 3;

/** Unconfirmed publishes per thread. */
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
  | SetLogLevel
  | Replies
  | Stop;

/** Run the startup handler. */
export interface RunStartup {
  readonly type: 'startup';
}
/** Asks whether the event loop turns. */
export interface Ask {
  readonly type: 'ask';
}
/** Load the modules and construct the instances. */
export interface HostSlots {
  readonly type: 'host';
  readonly slots: readonly SlotSpec[];
}
/** Three numbers per delivery: slot, cell, generation. */
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
/** Their channel closed: abort their signals. */
export interface Lose {
  readonly type: 'lose';
  readonly claimIds: readonly ClaimId[];
  readonly reason: string;
}
/** It outlasted `timeout.soft`, or an operator aborts it: abort its signal. */
export interface Expire {
  readonly type: 'expire';
  readonly claimId: ClaimId;
  readonly reason: string;
  /** Absent: `DELIVERY_TIMEOUT`. */
  readonly code?: 'DELIVERY_ABORTED';
}
/** The daemon no longer waits: abort every signal. */
export interface AbortAll {
  readonly type: 'abort';
  readonly reason: string;
}
/** Changes the level of a consumer's lines; before `host` it applies from the start. */
export interface SetLogLevel {
  readonly type: 'log_level';
  readonly slot: number;
  readonly level: string;
}
/** The broker's answers to publishes. */
export interface Replies {
  readonly type: 'replies';
  /** Request ids: numbers are cheap to clone. */
  readonly confirmed: readonly number[];
  readonly refused: readonly Refusal[];
}
/** Shut the instances and the resources down and end the session; a second one may bring the end forward. */
export interface Stop {
  readonly type: 'stop';
  /** After this time the thread is terminated. */
  readonly withinMs: number;
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
  | ShutdownBegan
  | Ended;

/** The session listens. */
export interface Booted {
  readonly type: 'booted';
  /** Of its `Worker`, which only Piscina knows. */
  readonly threadId: number;
  /** What the kernel calls the thread; undefined without /proc. */
  readonly taskId: number | undefined;
}
/** The next step of the start begins. */
export interface Began {
  readonly type: 'began';
  readonly step: StartStep;
}
/** Answers `Ask`. */
export interface Awake {
  readonly type: 'awake';
}
/** The startup handler returned, or there is none. */
export interface StartupDone {
  readonly type: 'startup_done';
}
export interface StartupFailed {
  readonly type: 'startup_failed';
  readonly error: ErrorData;
}
/** Failed instances are tried again. */
export interface Hosted {
  readonly type: 'hosted';
  readonly failures: readonly { readonly slot: number; readonly error: ErrorData }[];
}
/** A consumer module is unusable. */
export interface HostFailed {
  readonly type: 'host_failed';
  readonly error: ErrorData;
}
/** Everything since the last batch. */
export interface Batch {
  readonly type: 'batch';
  /** Flat list, see report.ts. */
  readonly reports: readonly number[];
  readonly commands: readonly Command[];
  /** Packed by `PublishPacker`. */
  readonly publishes?: ArrayBuffer;
  /** Of the consumers' own metrics; at most once a second. */
  readonly metrics?: readonly MetricChange[];
}
/** A finished JSON line of a consumer's logger. */
export interface LogLine {
  readonly type: 'log';
  readonly line: string;
}
/** `shutdown` of the startup module begins; if `ended` does not follow, it took the thread with it. */
export interface ShutdownBegan {
  readonly type: 'shutdown_began';
}
/** Nothing comes after this. */
export interface Ended {
  readonly type: 'ended';
}

/** Everything in a batch except reports and publishes. */
export type Command = Failed | SlotDown | SlotUp | SlotAwake;

/** A consumer's wish for its message; the failure policy has the last word. */
export type ConsumerDecision =
  /** It threw `Retry`. */
  | { readonly type: 'retry'; readonly delayMs?: number }
  /** It threw `Reject`. */
  | { readonly type: 'reject' }
  /** No consumer saw it, because `decode` refused it. */
  | { readonly type: 'invalid'; readonly errors: readonly string[] };

/** The failure policy decides the outcome. */
export interface Failed {
  readonly type: 'failed';
  readonly claimId: ClaimId;
  readonly error: ErrorData;
  readonly decision?: ConsumerDecision;
  /** One of a batch whose `consume` goes on. */
  readonly goesOn?: boolean;
}
/** Its instance is being replaced. */
export interface SlotDown {
  readonly type: 'slot_down';
  readonly slot: number;
}
/** Its new instance takes deliveries. */
export interface SlotUp {
  readonly type: 'slot_up';
  readonly slot: number;
}

/** It skipped revoked deliveries: its thread is no longer blocked. */
export interface SlotAwake {
  readonly type: 'slot_awake';
  readonly slot: number;
}

/** A publish that failed. */
export interface Refusal {
  readonly requestId: number;
  readonly error: ErrorData;
}
