import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { DispatcherError, messageOf } from '../errors/index.js';
import { Connections } from './connections.js';
import { answerProbe, type Health } from './health.js';
import { type Metrics, RecentMetrics } from './recent-metrics.js';

/** Where to listen. */
export interface ListenAddress {
  /** Undefined: every address, of IPv6 and IPv4 if the machine has both. */
  readonly host: string | undefined;
  /** 0: any free one. */
  readonly port: number;
}

export interface HttpServerOptions {
  readonly address: ListenAddress;
  readonly health: Health;
  readonly logger: Logger;
  /** Absent: `/metrics` is not found. */
  readonly metrics?: ((accept: string | undefined) => Metrics) | undefined;
  /** Gets every request for another path than those of the probes and metrics; returns undefined: not found. */
  readonly handler?: () => RequestHandler | undefined;
}

/** Answers a request; never throws. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

interface Reply {
  readonly status: number;
  readonly body: string | Buffer;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const TEXT = 'text/plain; charset=utf-8';
/** A scrape asks again within this time; a proxy may keep its connection longer. */
const KEEP_ALIVE_MS = 65_000;
const REQUEST_MS = 10_000;
/** How often slow requests are looked for, which bounds the connections that send nothing. */
const LOOK_EVERY_MS = 5_000;
const OWN_PATHS: ReadonlySet<string> = new Set(['/startupz', '/livez', '/readyz', '/metrics']);

/**
 * Serves the probes and the metrics from the main thread, which runs no user code: it answers while every worker thread
 * computes.
 *
 *     closed ── start ──▶ listening ── stop ──▶ closed
 */
export class HttpServer {
  private readonly options: HttpServerOptions;
  private readonly server: Server;
  private readonly connections = new Connections();
  private readonly metrics = new RecentMetrics(() => performance.now());

  constructor(options: HttpServerOptions) {
    this.options = options;
    this.server = createServer(
      { keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: REQUEST_MS, connectionsCheckingInterval: LOOK_EVERY_MS },
      (request, response) => this.serve(request, response),
    );
    this.server.on('connection', (socket) => this.connections.add(socket));
  }

  /**
   * Returns the port.
   * @throws DispatcherError `HTTP_LISTEN_FAILED`
   */
  async start(): Promise<number> {
    const { host, port } = this.options.address;
    await new Promise<void>((resolve, reject) => {
      const refused = (error: Error): void => reject(listenFailed(this.options.address, error));
      this.server.once('error', refused);
      this.server.listen({ ...(host !== undefined && { host }), port }, () => {
        this.server.off('error', refused);
        // Such as no file descriptor for a new connection: no reason to end the daemon.
        this.server.on('error', (error) => this.options.logger.warn({ err: error }, `http: ${messageOf(error)}`));
        resolve();
      });
    });
    const bound = this.server.address();
    return typeof bound === 'object' && bound !== null ? bound.port : port;
  }

  /** Ends open requests, too. */
  async stop(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    this.server.closeAllConnections();
    await closed;
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    if (!this.connections.begin(socket, response)) return;
    const handler = OWN_PATHS.has(pathOf(request)) ? undefined : this.options.handler?.();
    if (handler !== undefined) {
      this.connections.keep(socket, response);
      return handler(request, response);
    }
    const { status, body, type = TEXT, headers = {} } = this.safeReply(request);
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    // A client that does not read its answer must not hold it.
    response.setTimeout(REQUEST_MS);
    response.writeHead(status, {
      'content-type': type,
      'content-length': bytes.length,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  }

  /** An error here must not end the daemon. */
  private safeReply(request: IncomingMessage): Reply {
    try {
      return this.reply(request);
    } catch (error) {
      this.options.logger.error({ err: error }, `http: ${request.url ?? ''} failed: ${messageOf(error)}`);
      return { status: 500, body: 'failed; the log has the error\n' };
    }
  }

  private reply({ method, url = '/', headers }: IncomingMessage): Reply {
    if (method !== 'GET' && method !== 'HEAD') {
      return { status: 405, body: 'only GET and HEAD\n', headers: { allow: 'GET, HEAD' } };
    }
    const [path, query] = url.split('?', 2);
    const isVerbose = new URLSearchParams(query).has('verbose');
    const { health, metrics } = this.options;
    switch (path) {
      case '/startupz':
        return answerProbe(health.startup(), isVerbose);
      case '/livez':
        return answerProbe(health.live(), isVerbose);
      case '/readyz':
        return answerProbe(health.ready(), isVerbose);
      case '/metrics':
        if (metrics !== undefined) return this.scrape(metrics(headers.accept));
        break;
      default:
    }
    return { status: 404, body: 'not found\n' };
  }

  private scrape(metrics: Metrics): Reply {
    return { status: 200, type: metrics.type, body: this.metrics.render(metrics) };
  }
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '/';
}

function listenFailed({ host = '', port }: ListenAddress, cause: Error): DispatcherError {
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return new DispatcherError('HTTP_LISTEN_FAILED', `http: cannot listen on ${where}: ${messageOf(cause)}`, { cause });
}
