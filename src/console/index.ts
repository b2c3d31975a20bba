export { Console, type ConsoleOptions } from './console.js';
