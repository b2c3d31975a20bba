import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const MOST_CONNECTIONS = 1_000;
/** Requests on one connection that wait for their answers. No browser, probe or scraper sends one before the other's. */
const MOST_PIPELINED = 8;

interface Use {
  unanswered: number;
  /** Of them, those that may take long. */
  kept: number;
}

/**
 * Bounds what clients can hold. Above 1,000 connections the one that asked longest ago ends, so that a client that opens
 * all of them cannot keep a probe out.
 */
export class Connections {
  private readonly most: number;
  /** The one that asked longest ago comes first. */
  private readonly uses = new Map<Socket, Use>();

  constructor(most: number = MOST_CONNECTIONS) {
    this.most = most;
  }

  /** Adds a new connection. */
  add(socket: Socket): void {
    this.uses.set(socket, { unanswered: 0, kept: 0 });
    socket.once('close', () => this.uses.delete(socket));
    if (this.uses.size > this.most) this.endOldest(socket);
  }

  /**
   * Notes a request; false: leave it unanswered, because its connection ends. Node.js parses all requests of a packet
   * at once, so 2,000 small ones would block the main thread for seconds.
   */
  begin(socket: Socket, response: ServerResponse): boolean {
    const use = this.uses.get(socket);
    if (use === undefined || socket.destroyed) return false;
    if (++use.unanswered > MOST_PIPELINED) {
      this.end(socket);
      return false;
    }
    this.uses.delete(socket);
    this.uses.set(socket, use);
    response.once('close', () => use.unanswered--);
    return true;
  }

  /** Does not end the connection before this request is answered; the handler bounds the number of these. */
  keep(socket: Socket, response: ServerResponse): void {
    const use = this.uses.get(socket);
    if (use === undefined) return;
    use.kept++;
    response.once('close', () => use.kept--);
  }

  private endOldest(newest: Socket): void {
    for (const [socket, { kept }] of this.uses) {
      if (kept === 0 || socket === newest) return this.end(socket);
    }
  }

  private end(socket: Socket): void {
    this.uses.delete(socket);
    socket.destroy();
  }
}
