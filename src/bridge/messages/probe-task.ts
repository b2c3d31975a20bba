import type { ErrorData } from '../errors/error-data.js';
import type { ModuleReference } from './slot-spec.js';
import type { StartStep } from './start-step.js';

/** What `--validate` asks a probe to try, in a thread of its own. */
export type ProbeTask = ConsumerProbe | MiddlewareProbe | SchemaProbe;

/** Load a module, and see whether its export is what it should be. */
export interface ConsumerProbe {
  readonly kind: 'consumer' | 'startup_handler' | 'log_transport';
  readonly baseDir: string;
  readonly reference: ModuleReference;
  /** Of a consumer: what `static options` of its class is to accept; absent: not checked. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** What is wrong with an option of an entry. */
export interface OptionFault {
  /** Keys and indexes from `options` on. */
  readonly path: readonly (string | number)[];
  /** Names no value: it may be a secret. */
  readonly message: string;
}

/** Load it, and see what it makes for an instance of its entry. */
export interface MiddlewareProbe {
  readonly kind: 'middleware';
  readonly baseDir: string;
  readonly reference: ModuleReference;
  readonly queue: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Compile a JSON Schema. */
export interface SchemaProbe {
  readonly kind: 'json_schema';
  readonly file: string;
}

/** What a probe tells. */
export type ProbeReport =
  | { readonly type: 'began'; readonly step: StartStep }
  /** Asked by any message, its event loop turns. */
  | { readonly type: 'awake' }
  /** It waits, and nothing is left that could come. */
  | { readonly type: 'unsettled' }
  /** The class refuses an option. Others may follow, then `done`. */
  | { readonly type: 'option'; readonly fault: OptionFault }
  /** There is nothing wrong with the module. */
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly error: ErrorData };
