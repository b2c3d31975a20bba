import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import { type ChannelModel, type ConfirmChannel, connect, type GetMessage, type Options } from 'amqplib';
import { recordsOf } from '../json-record.js';
import { waitFor } from '../wait.js';
import type { BrokerConnection } from './broker-connection.js';
import type { BrokerControl } from './broker-control.js';
import { testBroker } from './test-broker.js';

/** The messages of a queue: waiting, and delivered but unanswered. */
export interface QueueDepth {
  readonly ready: number;
  readonly unacked: number;
}

/** A new virtual host on the broker of the test run, deleted after the test with everything in it. */
export async function testVhost(t: TestContext): Promise<TestVhost> {
  const broker = await testBroker();
  const vhost = new TestVhost(broker, `test-${randomBytes(6).toString('hex')}`);
  await broker.createVhost(vhost.vhost);
  t.after(() => vhost.delete());
  return vhost;
}

/** The virtual host of one test. */
export class TestVhost {
  readonly broker: BrokerControl;
  readonly vhost: string;
  #connection: Promise<ChannelModel> | undefined;
  #channel: Promise<ConfirmChannel> | undefined;

  constructor(broker: BrokerControl, vhost: string) {
    this.broker = broker;
    this.vhost = vhost;
  }

  get host(): string {
    return this.broker.host;
  }

  get port(): number {
    return this.broker.port;
  }

  get url(): string {
    return this.broker.url(this.vhost);
  }

  /** The test's own channel, in confirm mode, for declaring and publishing; reopened after a close. */
  async channel(): Promise<ConfirmChannel> {
    this.#channel ??= this.#openChannel();
    return this.#channel;
  }

  /** Publishes to a queue by the default exchange, an object as JSON; resolves when the broker has confirmed. */
  async publish(queue: string, body: Uint8Array | string | object, properties: Options.Publish = {}): Promise<void> {
    await this.publishTo({ exchange: '', routingKey: queue }, body, properties);
  }

  /** Publishes to an exchange; resolves when the broker has confirmed the message. */
  async publishTo(
    to: { readonly exchange: string; readonly routingKey: string },
    body: Uint8Array | string | object,
    properties: Options.Publish = {},
  ): Promise<void> {
    const channel = await this.channel();
    await new Promise<void>((resolve, reject) => {
      channel.publish(
        to.exchange,
        to.routingKey,
        bytesOf(body),
        { persistent: true, ...properties },
        (error: unknown) => (error === null || error === undefined ? resolve() : reject(error)),
      );
    });
  }

  /** Number of waiting messages in a queue, by a passive declaration: exact and fast. */
  async messageCount(queue: string): Promise<number> {
    const { messageCount } = await (await this.channel()).checkQueue(queue);
    return messageCount;
  }

  /** Number of consumers of a queue, by a passive declaration. */
  async consumerCount(queue: string): Promise<number> {
    const { consumerCount } = await (await this.channel()).checkQueue(queue);
    return consumerCount;
  }

  /** Takes every ready message out of a queue, in order. */
  async takeAll(queue: string): Promise<GetMessage[]> {
    const channel = await this.channel();
    const taken: GetMessage[] = [];
    for (;;) {
      const message = await channel.get(queue, { noAck: true });
      if (message === false) return taken;
      taken.push(message);
    }
  }

  /** Waits until a queue has exactly `count` messages and no consumer holds one; looks by rabbitmqctl. */
  async holds(queue: string, count: number): Promise<void> {
    let depth: QueueDepth = { ready: -1, unacked: -1 };
    await waitFor(
      async () => {
        depth = (await this.queueDepths()).get(queue) ?? depth;
        return depth.ready === count && depth.unacked === 0;
      },
      { what: () => `queue "${queue}" to hold ${count} messages; it has ${JSON.stringify(depth)}` },
    );
  }

  /** How often each message id is among this many messages of a queue; consumes them, which is faster than `basic.get`. */
  async copiesById(queue: string, total: number): Promise<Map<string, number>> {
    const channel = await this.channel();
    const copies = new Map<string, number>();
    let seen = 0;
    await channel.consume(
      queue,
      (message) => {
        const id = String(message?.properties.messageId);
        copies.set(id, (copies.get(id) ?? 0) + 1);
        seen += 1;
      },
      { noAck: true },
    );
    await waitFor(() => seen >= total, { what: () => `${total} messages, of which ${seen} arrived` });
    return copies;
  }

  /** Waiting and unanswered messages of each queue, by rabbitmqctl (about 0.5 s). */
  async queueDepths(): Promise<Map<string, QueueDepth>> {
    const rows = await this.ctlJson('list_queues', 'name', 'messages_ready', 'messages_unacknowledged');
    return new Map(
      recordsOf(rows).map(({ name, messages_ready: ready, messages_unacknowledged: unacked }) => [
        String(name),
        { ready: Number(ready), unacked: Number(unacked) },
      ]),
    );
  }

  /** The connections of this virtual host except the test's own, by rabbitmqctl (about 0.5 s). */
  async connections(): Promise<BrokerConnection[]> {
    const all = await this.broker.connections();
    return all.filter(({ vhost, clientName }) => vhost === this.vhost && clientName !== this.#ownName);
  }

  /** Makes the broker close all connections of this virtual host except the test's own (AMQP error 320); returns how many. */
  async closeConnections(reason = 'closed by the test'): Promise<number> {
    const connections = await this.connections();
    await Promise.all(connections.map((connection) => this.broker.closeConnection(connection, reason)));
    return connections.length;
  }

  /** Runs rabbitmqctl on this virtual host: `ctl('list_queues', 'name')`. */
  async ctl(command: string, ...args: string[]): Promise<string> {
    return this.broker.ctl(command, '--vhost', this.vhost, ...args);
  }

  async ctlJson(command: string, ...args: string[]): Promise<unknown> {
    return this.broker.ctlJson(command, '--vhost', this.vhost, ...args);
  }

  /** Closes the test's own connection and deletes the virtual host. */
  async delete(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    await connection?.close().catch(() => {}); // closed by the broker already
    await this.broker.deleteVhost(this.vhost);
  }

  get #ownName(): string {
    return `test of ${this.vhost}`;
  }

  async #openChannel(): Promise<ConfirmChannel> {
    this.#connection ??= this.#openConnection();
    const channel = await (await this.#connection).createConfirmChannel();
    channel.on('error', () => {}); // the call that caused it rejects
    channel.on('close', () => (this.#channel = undefined));
    return channel;
  }

  async #openConnection(): Promise<ChannelModel> {
    const connection = await connect(this.url, { clientProperties: { connection_name: this.#ownName } });
    connection.on('error', () => {}); // followed by close
    connection.on('close', () => {
      this.#connection = undefined;
      this.#channel = undefined;
    });
    return connection;
  }
}

function bytesOf(body: Uint8Array | string | object): Buffer {
  if (body instanceof Uint8Array) return Buffer.from(body);
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
