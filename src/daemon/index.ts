export { Daemon, type DaemonOptions, type RunEnd } from './daemon.js';
