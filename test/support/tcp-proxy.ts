import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface TcpProxyTarget {
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
}

/** A TCP proxy on a free port of 127.0.0.1 whose line to the target can be cut, refused, silenced and slowed down. */
export class TcpProxy {
  readonly host = '127.0.0.1';
  readonly #target: TcpProxyTarget;
  readonly #server: Server;
  /** Each client's socket with its socket to the target. */
  readonly #links = new Map<Socket, Socket>();
  #refusing = false;
  #silent = false;
  #delayMs = 0;
  #bytesSeen = 0;

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

  /** How many clients are connected through the proxy now. */
  get connections(): number {
    return this.#links.size;
  }

  get targetPort(): number {
    return this.#target.port;
  }

  /** How many bytes have come in so far, from both sides, forwarded or not. */
  get bytesSeen(): number {
    return this.#bytesSeen;
  }

  /** The same URL, through this proxy. */
  through(url: string): string {
    const proxied = new URL(url);
    proxied.hostname = this.host;
    proxied.port = String(this.port);
    return proxied.href;
  }

  /** Breaks all connections (by reset where the system can); new ones are served. */
  cut(): void {
    for (const [client, target] of this.#links) {
      client.resetAndDestroy();
      target.resetAndDestroy();
    }
    this.#links.clear();
  }

  /** Ends each new connection at once, until `accept`. The open ones live on: use `cut` too. */
  refuse(): void {
    this.#refusing = true;
  }

  accept(): void {
    this.#refusing = false;
  }

  /** Keeps connections open and forwards nothing in either direction, as a lost route does, until `restore`. */
  blackhole(): void {
    this.#silent = true;
    this.#eachSocket((socket) => socket.pause());
  }

  /** Forwards again, what was held back first. */
  restore(): void {
    this.#silent = false;
    this.#eachSocket((socket) => socket.resume());
  }

  /** Holds each chunk back for so many milliseconds, in both directions; 0 forwards at once. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** Ends all connections and stops listening. */
  async close(): Promise<void> {
    this.cut();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  #link(client: Socket): void {
    if (this.#refusing) {
      client.on('error', () => {}); // the client may have gone first
      client.resetAndDestroy();
      return;
    }
    const target = connect(this.#target.port, this.#target.host ?? this.host);
    this.#links.set(client, target);
    this.#forward(client, target);
    this.#forward(target, client);
  }

  #forward(from: Socket, to: Socket): void {
    const later = this.#delayLine();
    from.setNoDelay(true);
    from.on('data', (chunk: Buffer) => {
      this.#bytesSeen += chunk.length;
      later(() => to.writable && to.write(chunk));
    });
    from.on('end', () => later(() => to.end()));
    from.on('error', () => {}); // followed by close
    from.on('close', () => {
      later(() => to.destroy());
      this.#links.delete(from);
      this.#links.delete(to);
    });
    if (this.#silent) from.pause();
  }

  /** One direction of one link: each timer sends the oldest that waits, so a changed delay cannot change the order. */
  #delayLine(): (send: () => unknown) => void {
    const waiting: (() => unknown)[] = [];
    return (send) => {
      if (this.#delayMs === 0 && waiting.length === 0) {
        send();
        return;
      }
      waiting.push(send);
      setTimeout(() => waiting.shift()?.(), this.#delayMs);
    };
  }

  #eachSocket(act: (socket: Socket) => unknown): void {
    for (const [client, target] of this.#links) {
      act(client);
      act(target);
    }
  }
}
