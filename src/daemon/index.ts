export { Daemon } from './daemon.js';
export type { DaemonOptions } from './daemon-options.js';
export type { RunEnd } from './run-end.js';
