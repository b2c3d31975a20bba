export { BackOff, type BackOffLimits, RETRY_LIMITS } from './back-off.js';
export { type Deferred, deferred } from './deferred.js';
export {
  bareDuration,
  DURATION_EXPECTED,
  DURATION_PATTERN,
  durationMs,
  durationText,
  LONGEST_DURATION_MS,
} from './duration.cjs';
export { Fifo } from './fifo.js';
export { pause } from './pause.js';
export { fromSharedMs, toSharedMs } from './shared-clock.js';
export { TurnClock } from './turn-clock.js';
export { unlessAborted } from './unless-aborted.js';
