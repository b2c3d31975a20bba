import { lstatSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Logger } from 'pino';
import { DispatcherError, messageOf } from '../../errors/index.js';
import {
  type ControlReply,
  type ControlRequest,
  MAX_REQUEST_BYTES,
  readRequest,
  replyError,
  replyOk,
} from './protocol.js';
import { pathFault } from './socket-place.js';

const MOST_CONNECTIONS = 64;
const IDLE_MS = 60_000;
const OWNER_ONLY = 0o177;

export interface SocketServerOptions {
  readonly path: string;
  /** Its result or error is the reply. */
  readonly perform: (request: ControlRequest) => unknown;
  readonly logger: Logger;
}

/**
 * Serves the control socket from the main thread, which runs no user code: it answers while every worker thread
 * computes. The mode of the file, 0600, is the lock.
 *
 *     closed ── start ──▶ listening ── stop: the file is removed ──▶ closed
 */
export class SocketServer {
  private readonly options: SocketServerOptions;
  private readonly server: Server;
  private readonly open = new Set<Socket>();

  constructor(options: SocketServerOptions) {
    this.options = options;
    // A client may end its side before it has its reply.
    this.server = createServer({ allowHalfOpen: true }, (socket) => this.serve(socket));
    this.server.maxConnections = MOST_CONNECTIONS;
  }

  /** @throws DispatcherError `CONTROL_SOCKET_FAILED` */
  async start(): Promise<void> {
    const { path, logger } = this.options;
    const fault = pathFault(path) ?? (await removeStale(path));
    if (fault !== undefined) throw failed(path, fault);
    try {
      await this.listen(path);
    } catch (error) {
      throw failed(path, messageOf(error), error);
    }
    this.server.on('error', (error) => logger.warn({ err: error }, `control socket: ${messageOf(error)}`));
    // The socket must not keep the process alive.
    this.server.unref();
  }

  /** Ends open requests, too. */
  async stop(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    for (const socket of this.open) socket.destroy();
    await closed;
  }

  private async listen(path: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      // bind(2) happens within this call, so the file never has another mode. Threads run no user code yet.
      const before = process.umask(OWNER_ONLY);
      try {
        this.server.listen(path, () => {
          this.server.off('error', reject);
          resolve();
        });
      } finally {
        process.umask(before);
      }
    });
  }

  private serve(socket: Socket): void {
    let unread = '';
    let turn = Promise.resolve();
    this.open.add(socket);
    socket.setEncoding('utf8').setTimeout(IDLE_MS, () => socket.destroy());
    socket.on('close', () => this.open.delete(socket));
    // A client that has disconnected needs no reply.
    socket.on('error', () => socket.destroy());
    socket.on('data', (text: string) => {
      const lines = (unread + text).split('\n');
      unread = lines.pop() ?? '';
      for (const line of lines) turn = turn.then(() => this.answer(socket, line));
      if (Buffer.byteLength(unread) <= MAX_REQUEST_BYTES) return;
      socket.pause();
      const reply = replyError('CONTROL_REFUSED', `a request has at most ${MAX_REQUEST_BYTES} bytes`);
      void turn.then(() => socket.end(lineOf(reply)));
    });
    socket.on('end', () => void turn.then(() => socket.end()));
  }

  private async answer(socket: Socket, line: string): Promise<void> {
    // Some verbs take long.
    socket.setTimeout(0);
    const reply = await this.replyTo(line);
    socket.setTimeout(IDLE_MS);
    if (socket.writable) socket.write(lineOf(reply));
  }

  /** An error here must not end the daemon. */
  private async replyTo(line: string): Promise<ControlReply> {
    const { perform, logger } = this.options;
    try {
      if (Buffer.byteLength(line) > MAX_REQUEST_BYTES) {
        return replyError('CONTROL_REFUSED', `a request has at most ${MAX_REQUEST_BYTES} bytes`);
      }
      return replyOk(await perform(readRequest(line)));
    } catch (error) {
      if (error instanceof DispatcherError) return replyError(error.code, error.message);
      logger.error({ err: error }, `control request failed: ${messageOf(error)}`);
      return replyError('CONTROL_REFUSED', `it failed: ${messageOf(error)}; the log has the error`);
    }
  }
}

function lineOf(reply: ControlReply): string {
  return `${JSON.stringify(reply)}\n`;
}

/** Removes the socket of a dead process; returns why the path cannot be used. */
async function removeStale(path: string): Promise<string | undefined> {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if (!stats.isSocket()) return 'the path is a file, not a socket';
  if (await isServed(path)) return 'another process listens there';
  try {
    // Another daemon may have replaced it meanwhile.
    if (lstatSync(path, { throwIfNoEntry: false })?.ino === stats.ino) unlinkSync(path);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', () => end(true));
    // EACCES: the socket belongs to another user, alive or not.
    socket.once('error', (error) =>
      end(!('code' in error && (error.code === 'ECONNREFUSED' || error.code === 'ENOENT'))),
    );
  });
}

function failed(path: string, why: string, cause?: unknown): DispatcherError {
  return new DispatcherError('CONTROL_SOCKET_FAILED', `cannot create the control socket ${path}: ${why}`, { cause });
}
