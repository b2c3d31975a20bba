export { Dispatcher, type DispatcherOptions, type RunEnd } from './daemon.js';
