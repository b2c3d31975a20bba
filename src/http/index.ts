export type { Check, Health } from './health.js';
export { HttpServer, type HttpServerOptions, type ListenAddress, type RequestHandler } from './http-server.js';
export type { Metrics } from './recent-metrics.js';
