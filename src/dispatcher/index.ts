export { Dispatcher, type DispatcherOptions, type RunEnd } from './dispatcher.js';
