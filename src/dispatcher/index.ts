export { connectionSettings } from './connection-settings.js';
export { Dispatcher, type DispatcherOptions, type RunEnd } from './dispatcher.js';
