import type { ErrorData } from '../errors/error-data.js';
import type { ModuleReference } from './slot-spec.js';
import type { StartStep } from './start-step.js';

/** A task of `--validate`, which runs in a thread of its own. */
export type ProbeTask = ConsumerProbe | MiddlewareProbe | SchemaProbe;

/** Loads a module and checks its export. */
export interface ConsumerProbe {
  readonly kind: 'consumer' | 'startup_handler' | 'log_transport';
  readonly baseDir: string;
  readonly reference: ModuleReference;
  /** Of each consumer entry: what `static options` of its class is to accept; undefined: not checked. */
  readonly entries?: readonly (Readonly<Record<string, unknown>> | undefined)[];
}

/** What is wrong with an option of an entry. */
export interface OptionFault {
  /** Keys and indexes from `options` on. */
  readonly path: readonly (string | number)[];
  /** Names no value: it may be a secret. */
  readonly message: string;
}

/** Loads a middleware and checks what it returns. */
export interface MiddlewareProbe {
  readonly kind: 'middleware';
  readonly baseDir: string;
  readonly reference: ModuleReference;
  readonly queue: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface SchemaProbe {
  readonly kind: 'json_schema';
  readonly file: string;
}

/** A probe's messages. */
export type ProbeReport =
  | { readonly type: 'began'; readonly step: StartStep }
  /** Answers any message. */
  | { readonly type: 'awake' }
  /** It waits for something that never comes. */
  | { readonly type: 'unsettled' }
  /** The class refuses an option of an entry, by its index. Others may follow, then `done`. */
  | { readonly type: 'option'; readonly entry: number; readonly fault: OptionFault }
  /** The startup handler's module exports this function, which is probably meant to be `shutdown`. `done` follows. */
  | { readonly type: 'misnamed_shutdown'; readonly exportName: string }
  /** No further findings. */
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly error: ErrorData };
