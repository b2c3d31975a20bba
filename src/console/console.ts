import type { IncomingMessage, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { getRequestListener } from '@hono/node-server';
import type { Logger } from 'pino';
import type { ActionLog } from '../control/index.js';
import { type DeadLettering, deadQueuesOf } from '../dead/index.js';
import { messageOf } from '../errors/index.js';
import type { HistoryPoint } from './api.js';
import { openApp } from './app.js';
import { readAssets } from './assets.js';
import { DeadThread } from './dead/dead-thread.js';
import type { DeadThreadPlan } from './dead/operation.js';
import { type LiveSource, LiveStreams } from './live/live-streams.js';
import { Access } from './security/access.js';
import { RequestLimit } from './security/request-limit.js';

export interface ConsoleOptions {
  /** Absolute; absent: no token. */
  readonly tokenFile: string | undefined;
  readonly actions: ActionLog;
  readonly live: LiveSource & { history(): readonly HistoryPoint[] };
  readonly dead: DeadThreadPlan & DeadLettering;
  /** Monotonic. */
  readonly nowMs: () => number;
  readonly logger: Logger;
  /** Folder of the page's files; default: the compiled page of this package. */
  readonly pageFolder?: string;
}

const PAGE_FOLDER = fileURLToPath(new URL('page', import.meta.url));

/** The console: a page and its HTTP interface, for an HTTP server that its caller owns. */
export class Console {
  private readonly streams: LiveStreams;
  private readonly dead: DeadThread;
  private readonly listener: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  private readonly logger: Logger;
  private readonly limit = new RequestLimit();

  /** @throws DispatcherError `CONSOLE_TOKEN_UNUSABLE` */
  constructor({ tokenFile, actions, live, dead, nowMs, logger, pageFolder = PAGE_FOLDER }: ConsoleOptions) {
    this.logger = logger;
    this.streams = new LiveStreams({ live, actions, nowMs });
    this.dead = new DeadThread({ ...dead, logger });
    const app = openApp({
      access: new Access({ tokenFile, nowMs, logger }),
      admitted: (response) => this.limit.admit(response),
      actions,
      history: () => live.history(),
      streams: this.streams,
      dead: { thread: this.dead, queues: deadQueuesOf(dead) },
      assets: readAssets(pageFolder),
      logger,
    });
    this.listener = getRequestListener(app.fetch, {
      // The daemon's other parts, and a tracing SDK, keep the Request and Response of Node.js.
      overrideGlobalObjects: false,
      // Hono answers its own errors; this one is for a request line that is not a URL.
      errorHandler: () => Response.json({ error: { code: 'BAD_REQUEST', message: 'bad request' } }, { status: 400 }),
    });
  }

  /** Answers a request. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    if (!this.limit.begin(response)) return refuse(response);
    this.listener(request, response).catch((error: unknown) => {
      this.logger.error({ err: error }, `console: ${request.url ?? ''} failed: ${messageOf(error)}`);
      response.destroy();
    });
  }

  /** Interrupts work on dead messages, and terminates its thread after this time. */
  async drain(timeoutMs: number): Promise<void> {
    await this.dead.stop(timeoutMs);
  }

  /** Terminates the thread that works on dead messages; the broker takes back those that it holds. */
  async kill(): Promise<void> {
    await this.dead.kill();
  }

  /** Ends the streams of open pages. */
  stop(): void {
    this.streams.stop();
  }
}

function refuse(response: ServerResponse): void {
  const body = JSON.stringify({ error: { code: 'BUSY', message: 'the console has too many requests at once' } });
  response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1', connection: 'close' }).end(body);
}
