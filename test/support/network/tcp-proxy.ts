import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AmqpFrame } from '../amqp/frame-splitter.js';
import type { LineConditions } from './proxy-direction.js';
import { ProxyLink } from './proxy-link.js';
import { reset } from './reset.js';

export interface TcpProxyTarget {
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
}

/** A TCP proxy on a free port of 127.0.0.1 that can cut, refuse, silence and slow down connections, and drop frames. */
export class TcpProxy {
  readonly host = '127.0.0.1';
  readonly #target: TcpProxyTarget;
  readonly #server: Server;
  readonly #links = new Set<ProxyLink>();
  #refusing = false;
  #silent = false;
  readonly #line: LineConditions = { delayMs: 0, bytesPerSecond: 0, dropFrame: undefined, bytesSeen: 0 };
  #flapping: NodeJS.Timeout | undefined;
  #cuts = 0;

  private constructor(target: TcpProxyTarget) {
    this.#target = target;
    this.#server = createServer((client) => this.#link(client));
  }

  static async start(target: TcpProxyTarget): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(0, proxy.host);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy is closed');
    return address.port;
  }

  /** Number of connected clients. */
  get connections(): number {
    return this.#links.size;
  }

  get targetPort(): number {
    return this.#target.port;
  }

  /** Bytes received so far from both sides, forwarded or not. */
  get bytesSeen(): number {
    return this.#line.bytesSeen;
  }

  /** Number of cuts so far, by `cut` or `flap`. */
  get cuts(): number {
    return this.#cuts;
  }

  /** The same URL, through this proxy. */
  through(url: string): string {
    const proxied = new URL(url);
    proxied.hostname = this.host;
    proxied.port = String(this.port);
    return proxied.href;
  }

  /** Resets all connections; accepts new ones. */
  cut(): void {
    this.#cuts += 1;
    for (const link of this.#links) link.cut();
    this.#links.clear();
  }

  /** Cuts repeatedly until `steady`. */
  flap(everyMs: number): void {
    this.steady();
    this.#flapping = setInterval(() => this.cut(), everyMs);
  }

  steady(): void {
    clearInterval(this.#flapping);
  }

  /** Ends the connections to the target and leaves those to the clients open and silent. Accepts new ones. */
  halfOpen(): void {
    for (const link of this.#links) link.abandon();
  }

  /** Ends each new connection at once, until `accept`. Open ones stay; use `cut` as well to end them. */
  refuse(): void {
    this.#refusing = true;
  }

  accept(): void {
    this.#refusing = false;
  }

  /** Forwards nothing in either direction, closes included, as on a lost route, until `restore`. */
  blackhole(): void {
    this.#silent = true;
    for (const link of this.#links) link.silence();
  }

  /** Forwards again, the held data first. */
  restore(): void {
    this.#silent = false;
    for (const link of this.#links) link.resume();
  }

  /** Holds each chunk back for so many milliseconds, in both directions; 0 forwards at once. */
  delay(ms: number): void {
    this.#line.delayMs = ms;
  }

  /** Forwards single bytes, so many per second and direction; 0 forwards all at once. */
  trickle(bytesPerSecond: number): void {
    this.#line.bytesPerSecond = bytesPerSecond;
  }

  /** Drops the AMQP frames from client to server that `isDropped` selects; without it all pass again. */
  dropFrames(isDropped?: (frame: AmqpFrame) => boolean): void {
    this.#line.dropFrame = isDropped;
  }

  /** Ends all connections and stops listening. */
  async close(): Promise<void> {
    this.steady();
    this.cut();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  #link(client: Socket): void {
    if (this.#refusing) {
      client.on('error', () => {}); // the client may have gone first
      reset(client);
      return;
    }
    const target = connect(this.#target.port, this.#target.host ?? this.host);
    const link = new ProxyLink(client, target, { line: this.#line, onClose: () => this.#links.delete(link) });
    this.#links.add(link);
    if (this.#silent) link.silence();
  }
}
