export { BackOff, type BackOffLimits, RETRY_LIMITS } from './back-off.js';
export { type Deferred, deferred } from './deferred.js';
export { pause } from './pause.js';
export { TurnClock } from './turn-clock.js';
