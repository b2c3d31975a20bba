import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { isRecord } from '../json-record.js';

/**
 * The calls of the management plugin that tests need. Each takes milliseconds; rabbitmqctl starts an Erlang node for each.
 * Only calls with an immediate effect: its lists of connections and message counts lag by up to 5 s.
 */
export class ManagementApi {
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  /** True once the plugin answers. */
  async answers(): Promise<boolean> {
    return this.#call('GET', '/api/overview').then(
      () => true,
      () => false,
    );
  }

  /** Creates a virtual host; the caller, guest, gets all permissions on it. */
  async createVhost(vhost: string): Promise<void> {
    await this.#call('PUT', `/api/vhosts/${encodeURIComponent(vhost)}`);
  }

  /** Deletes a virtual host with all its queues; the broker closes its connections. */
  async deleteVhost(vhost: string): Promise<void> {
    await this.#call('DELETE', `/api/vhosts/${encodeURIComponent(vhost)}`);
  }

  /** The version of RabbitMQ, such as `4.3.6`. */
  async version(): Promise<string> {
    const overview = await this.get('/api/overview');
    return String(isRecord(overview) ? overview['rabbitmq_version'] : undefined);
  }

  /** The JSON response for a path. */
  async get(path: string): Promise<unknown> {
    return JSON.parse(await this.#call('GET', path));
  }

  /** Puts a message into a queue from inside the broker, where no frame limits its headers. */
  async publish(
    vhost: string,
    queue: string,
    { text: payload, headers }: { readonly text: string; readonly headers: object },
  ): Promise<void> {
    const message = { routing_key: queue, payload, payload_encoding: 'string', properties: { headers } };
    await this.#call('POST', `/api/exchanges/${encodeURIComponent(vhost)}/amq.default/publish`, message);
  }

  async #call(method: string, path: string, json?: object): Promise<string> {
    const response = await this.#send(method, path, json);
    const status = response.statusCode ?? 0;
    const body = await text(response);
    const gone = method === 'DELETE' && status === 404;
    if (!gone && (status < 200 || status > 299)) throw new Error(`${method} ${path} was answered ${status}: ${body}`);
    return body;
  }

  async #send(method: string, path: string, json?: object): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      // No agent, because a kept-alive socket would be stale after a restart of the broker.
      const options = { host: '127.0.0.1', port: this.#port, method, path, auth: 'guest:guest', agent: false };
      const call = request(options, resolve).on('error', reject);
      call.setTimeout(10_000, () => call.destroy(new Error(`${method} ${path}: no answer within 10 s`)));
      call.end(json === undefined ? undefined : JSON.stringify(json));
    });
  }
}
