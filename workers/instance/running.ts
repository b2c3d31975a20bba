import type { ClaimId, ConsumerDecision, ErrorData } from '../../src/bridge/index.js';
import type { DispatcherError } from '../../src/errors/index.js';

/** One call of `consume`. */
export interface Running {
  /** Stands for it when the main thread asks which delivery has the thread. */
  readonly claimId: ClaimId;
  /** Notes when `consume` began and ended, for metrics and traces. */
  beginsAt(nowMs: number): void;
  endsAt(nowMs: number): void;
  /** After `consume` returned; rejects if it failed all the same. */
  finish(): void | Promise<void>;
  failWith(error: ErrorData, decision?: ConsumerDecision): void;
  isAmong(claimIds: readonly ClaimId[]): boolean;
  /** @param claimIds absent: everything that runs */
  abort(reason: DispatcherError, claimIds?: readonly ClaimId[]): void;
}
