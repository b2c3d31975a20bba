export type { Check, Health } from './health.js';
export { HttpServer, type ListenAddress } from './http-server.js';
