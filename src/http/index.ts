export type { Check, Health } from './health.js';
export { HttpServer, type HttpServerOptions, type ListenAddress } from './http-server.js';
