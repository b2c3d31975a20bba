/**
 * The package for `require`: the classes of index.ts, not copies of them, so that `instanceof` holds whichever of the
 * two a consumer, its middleware or its test loads.
 */
export { ERROR_CODES } from '../errors/codes.cjs';
export { DispatcherError } from '../errors/dispatcher-error.cjs';
// TypeScript's node16 takes types of an ES module into CommonJS only with this attribute.
export type * from './index.js' with { 'resolution-mode': 'import' };
export { Reject, Retry } from './retry-and-reject.cjs';
