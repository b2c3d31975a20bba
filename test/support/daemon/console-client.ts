import assert from 'node:assert/strict';
import { connect } from 'node:net';
import type { Daemon } from './daemon.js';
import { DaemonHttp } from './scrape.js';

/** An answer with its JSON, if it has some. */
export interface ConsoleAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

export interface ConsoleRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A client of a daemon's console over real HTTP. */
export class ConsoleClient {
  readonly origin: string;
  private readonly headers: Readonly<Record<string, string>>;

  constructor(origin: string, headers: Readonly<Record<string, string>> = {}) {
    this.origin = origin;
    this.headers = headers;
  }

  static async of(daemon: Daemon): Promise<ConsoleClient> {
    return new ConsoleClient((await DaemonHttp.of(daemon)).origin);
  }

  /** The same console with these headers on each request. */
  with(headers: Readonly<Record<string, string>>): ConsoleClient {
    return new ConsoleClient(this.origin, { ...this.headers, ...headers });
  }

  /** Undefined without a session. */
  get cookie(): string | undefined {
    return this.headers['cookie'];
  }

  /** The same console with the session of a login, as a browser sends it. */
  async login(token: string): Promise<ConsoleClient> {
    const { status, headers } = await this.post('/api/session', { token });
    assert.equal(status, 204);
    const [cookie = ''] = (headers.get('set-cookie') ?? '').split(';');
    return this.with({ cookie, 'sec-fetch-site': 'same-origin' });
  }

  async get(path: string, { headers, ...init }: ConsoleRequest = {}): Promise<ConsoleAnswer> {
    const response = await fetch(this.origin + path, { ...init, headers: { ...this.headers, ...headers } });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    const json: unknown = isJson && text !== '' ? JSON.parse(text) : undefined;
    return { status: response.status, headers: response.headers, text, json };
  }

  post(path: string, body: unknown): Promise<ConsoleAnswer> {
    const headers = { 'content-type': 'application/json', ...this.headers };
    return new ConsoleClient(this.origin, headers).get(path, { method: 'POST', body: JSON.stringify(body) });
  }

  act(verb: string, args: object = {}): Promise<ConsoleAnswer> {
    return this.post(`/api/actions/${verb}`, args);
  }

  /** Opens the server-sent events. */
  async live(): Promise<ConsoleEvents> {
    const response = await fetch(`${this.origin}/api/live`, { headers: this.headers });
    assert.equal(response.status, 200);
    assert.ok(response.body !== null);
    return new ConsoleEvents(response.body.getReader());
  }

  /** Sends bytes as they are, and returns all that comes until the connection ends. */
  raw(text: string): Promise<string> {
    const { hostname, port } = new URL(this.origin);
    return new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(text));
      socket.setEncoding('latin1').on('data', (piece: string) => (answer += piece));
      socket.on('error', reject).on('close', () => resolve(answer));
    });
  }
}

/** A stream of server-sent events. */
export class ConsoleEvents {
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  private readonly decoder = new TextDecoder();
  private unread = '';

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.reader = reader;
  }

  /** The next event of that name; undefined at the end of the stream. */
  async next(event: string): Promise<unknown> {
    for (;;) {
      const at = this.unread.indexOf('\n\n');
      if (at >= 0) {
        const [name, data] = this.unread.slice(0, at).split('\n');
        this.unread = this.unread.slice(at + 2);
        if (name !== `event: ${event}`) continue;
        const value: unknown = JSON.parse((data ?? '').replace(/^data: /, ''));
        return value;
      }
      const { done, value } = await this.reader.read();
      if (done) return undefined;
      this.unread += this.decoder.decode(value, { stream: true });
    }
  }

  /** Waits for the end of the stream, or of its connection. */
  async ended(): Promise<void> {
    try {
      while ((await this.next('live')) !== undefined);
    } catch (error) {
      assert.match(String(error), /terminated/);
    }
  }

  close(): Promise<void> {
    return this.reader.cancel();
  }
}
