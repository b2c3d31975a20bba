export { Daemon } from './daemon.js';
export type { DaemonOptions, RunEnd } from './daemon-options.js';
