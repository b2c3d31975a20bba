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
  /** There is nothing wrong. */
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly error: ErrorData };
