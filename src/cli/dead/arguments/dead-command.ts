import type { Selection } from '../../../dead/index.js';

/** The output formats for messages. */
export const DEAD_FORMATS = ['table', 'json'] as const;
export type DeadFormat = (typeof DEAD_FORMATS)[number];

/** A queue to work on. */
export interface QueueChoice {
  readonly name: string;
  /** The queue whose dead messages it holds; absent: the user named the queue exactly. */
  readonly companion?: string;
}

export interface OutputOptions {
  /** `undefined`: a table on a terminal, otherwise JSON. */
  readonly format: DeadFormat | undefined;
  /** The file to take `connection:` from; absent: AMQP_DISPATCHER_CONFIG, or none. */
  readonly config: string | undefined;
}

interface OnQueue extends OutputOptions {
  readonly queue: QueueChoice;
}

interface OnMessages extends OnQueue {
  readonly selection: Selection;
  readonly limit: number | undefined;
}

/** A command on one queue. */
export type QueueCommand =
  | (OnMessages & { readonly kind: 'list' })
  | (OnQueue & { readonly kind: 'show'; readonly selection: Selection })
  | (OnMessages & { readonly kind: 'replay'; readonly isDryRun: boolean; readonly target: string | undefined })
  | (OnMessages & { readonly kind: 'delete'; readonly isDryRun: boolean; readonly isConfirmed: boolean })
  | (OnQueue & { readonly kind: 'purge'; readonly isConfirmed: boolean })
  | (OnMessages & { readonly kind: 'export'; readonly output: string | undefined; readonly removes: boolean })
  | (OnQueue & { readonly kind: 'import'; readonly file: string; readonly skipsPresent: boolean })
  | (OnQueue & { readonly kind: 'browse'; readonly selection: Selection; readonly written: string });

/** A command on all dead queues of a file: `overview` lists them, `browseAll` shows them on the full screen. */
export type FileCommand = OutputOptions & { readonly kind: 'overview' | 'browseAll' };

/** A command of `amqp-dispatcher dead`. */
export type DeadCommand = QueueCommand | FileCommand;

export type CommandOf<Kind extends DeadCommand['kind']> = Extract<DeadCommand, { kind: Kind }>;
