import type { ClaimId } from '../delivery/claim-table.js';
import { isErrorData } from '../errors/error-data.js';
import { areBoundedErrors } from '../errors/validation-errors.js';
import { isRecord } from './record.js';
import type { Batch, Command, FromWorker, Hosted } from './session-messages.js';
import { isStartStep } from './start-step.js';

/**
 * Checks a worker's messages: user code can reach the port, and a throw on the main thread would end the daemon.
 * Batches are frequent, so their entries are checked where they are used.
 */

/** An array of 2^32 - 1 holes costs nothing to send. */
const MAX_ENTRIES = 65_536;
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** A batch whose entries are unchecked. */
export interface UncheckedBatch {
  readonly type: Batch['type'];
  readonly reports: readonly unknown[];
  readonly commands: readonly unknown[];
  readonly publishes?: ArrayBuffer;
  readonly metrics?: unknown;
}

/** True for a message of the protocol; the entries of a batch are unchecked. */
export function isFromWorker(value: unknown): value is Exclude<FromWorker, Batch> | UncheckedBatch {
  if (!isRecord(value)) return false;
  switch (value.type) {
    case 'batch':
      return isList(value.reports) && isList(value.commands) && isMemory(value.publishes);
    case 'log':
      return typeof value.line === 'string';
    case 'began':
      return isStartStep(value.step);
    case 'booted':
      return Number.isSafeInteger(value.threadId) && isTaskId(value.taskId);
    case 'awake':
    case 'startup_done':
    case 'shutdown_began':
    case 'ended':
      return true;
    case 'startup_failed':
    case 'host_failed':
      return isErrorData(value.error);
    case 'hosted':
      return areFailures(value.failures);
    default:
      return false;
  }
}

export function isCommand(value: unknown): value is Command {
  if (!isRecord(value)) return false;
  switch (value.type) {
    case 'failed':
      return isClaimId(value.claimId) && isErrorData(value.error) && isDecision(value.decision) && isFlag(value.goesOn);
    case 'slot_down':
    case 'slot_up':
    case 'slot_awake':
      return typeof value.slot === 'number';
    default:
      return false;
  }
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length <= MAX_ENTRIES;
}

/** Not shared: the worker could change it after the check. */
function isMemory(value: unknown): boolean {
  return value === undefined || value instanceof ArrayBuffer;
}

function isFlag(value: unknown): boolean {
  return value === undefined || typeof value === 'boolean';
}

/** The broker would refuse a delay beyond the longest timer, again and again. */
function isDecision(value: unknown): boolean {
  if (value === undefined) return true;
  if (!isRecord(value)) return false;
  if (value.type === 'reject') return true;
  if (value.type === 'invalid') return areBoundedErrors(value.errors);
  const { delayMs } = value;
  return value.type === 'retry' && (delayMs === undefined || isDelay(delayMs));
}

function isDelay(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LONGEST_DELAY_MS;
}

function isTaskId(value: unknown): boolean {
  return value === undefined || Number.isSafeInteger(value);
}

function isClaimId(value: unknown): value is ClaimId {
  return isRecord(value) && typeof value.cell === 'number' && typeof value.generation === 'number';
}

function areFailures(value: unknown): value is Hosted['failures'] {
  if (!isList(value)) return false;
  // A loop, because `every` skips the holes of a sparse array.
  for (const failure of value) {
    if (!isRecord(failure) || typeof failure.slot !== 'number' || !isErrorData(failure.error)) return false;
  }
  return true;
}
