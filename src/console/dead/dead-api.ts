/** A value of a header or property. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Answer of `GET /api/dead`. */
export interface DeadQueues {
  readonly queues: readonly DeadQueueCount[];
}

export interface DeadQueueCount {
  readonly queue: string;
  /** Ready messages; null: see `problem`. */
  readonly messages: number | null;
  readonly problem: string | null;
}

/** Answer of `GET /api/dead/messages`. */
export interface DeadPage {
  readonly queue: string;
  /** Names the copy of the queue that the page shows; with it, a filter does not read the queue again. */
  readonly look: string;
  /** When the queue was read: milliseconds since the epoch. */
  readonly readAt: number;
  /** Messages in the queue when it was read. */
  readonly total: number;
  /** Messages in the copy: at most the 100,000 oldest, fewer if their texts are long. */
  readonly looked: number;
  /** Messages of the copy that match the filter and the error. */
  readonly matching: number;
  /** The oldest of them, up to the limit. */
  readonly messages: readonly DeadRow[];
  readonly more: boolean;
  /** The most frequent errors among the messages that match the filter. */
  readonly byError: readonly DeadErrorGroup[];
  /** How many errors are not in `byError`. */
  readonly moreErrors: number;
  readonly warning: string | null;
}

/** A message in the list. */
export interface DeadRow {
  /** Hash of the content: only identical messages share it. */
  readonly key: string;
  readonly id: string;
  readonly diedAt: string | null;
  /** The queue in which it died. */
  readonly queue: string | null;
  readonly consumer: string | null;
  readonly reason: string | null;
  readonly error: string | null;
  readonly cause: string | null;
  readonly attempts: number | null;
  /** Size of the body. */
  readonly bytes: number;
  /** Start of the body. */
  readonly preview: string;
}

export interface DeadErrorGroup {
  /** Type and beginning of the message. */
  readonly error: string;
  readonly count: number;
}

/** Answer of `GET /api/dead/message`. */
export interface DeadMessageView extends DeadRow {
  readonly firstSeen: string | null;
  readonly exchange: string | null;
  readonly routingKey: string | null;
  readonly host: string | null;
  readonly stack: string | null;
  readonly validationErrors: readonly string[];
  readonly properties: { readonly [name: string]: JsonValue };
  /** Secrets are masked; null if they cannot be read. */
  readonly headers: JsonValue;
  /** Text, or hexadecimal if it is not UTF-8. */
  readonly body: string;
  readonly bodyEncoding: 'utf8' | 'hex';
  /** How many bytes of the body are shown. */
  readonly shownBytes: number;
}

export type DeadAction = 'replay' | 'delete';

/** The messages of a `POST`: those with these keys, each as often as it is listed, or all of a copy that match. */
export type DeadChoice =
  | { readonly keys: readonly string[] }
  | { readonly look: string; readonly where: readonly string[]; readonly error: string | null };

/** Answer of `POST /api/dead/replay` and `POST /api/dead/delete`. */
export interface DeadOutcome {
  readonly done: number;
  /** Still in the dead queue. */
  readonly kept: number;
  /** No longer in the queue when the work began. */
  readonly gone: number;
  /** Why messages were kept. */
  readonly problem: string | null;
}
