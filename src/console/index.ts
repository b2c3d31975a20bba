export { Console, type ConsoleOptions } from './console.js';
export { SHORTEST_TOKEN } from './security/token-file.js';
