import { setTimeout as sleep } from 'node:timers/promises';
import { type ConfirmChannel, connect, type Options } from 'amqplib';

export interface LoadMessage {
  readonly queue: string;
  readonly body: Buffer;
  readonly properties?: Options.Publish;
}

export interface LoadOptions {
  /** Brokers of one cluster, tried in turn. */
  readonly urls: readonly string[];
  readonly queues: readonly string[];
  readonly perSecond: number;
  /** The first message's number. Default 0. */
  readonly from?: number;
  /** Makes the message with a number. Default: the number as body, to each queue in turn. */
  readonly compose?: (number: number) => LoadMessage;
}

/** Limit of unconfirmed messages. */
const IN_THE_AIR = 500;
const TURN_MS = 10;
const RECONNECT_MS = 100;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Publishes messages under load, bypassing every proxy, and survives the broker. Each has a number, its message id. A
 * message in flight when its connection closes stays in doubt and is not sent again, so it never causes a duplicate.
 */
export class LoadPublisher {
  /** Numbers that the broker has confirmed and put into a queue. */
  readonly confirmed = new Set<number>();
  readonly #options: LoadOptions;
  readonly #running: Promise<void>;
  /** Numbers sent to a queue that did not exist; the broker confirms those, too. */
  readonly #unroutable = new Set<number>();
  readonly #first: number;
  #next: number;
  #stopping = false;
  #isPaused = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#first = options.from ?? 0;
    this.#next = this.#first;
    this.#running = this.#run();
  }

  /** Numbers that were sent and may or may not be in a queue. */
  get inDoubt(): number {
    return this.#next - this.#first - this.confirmed.size - this.#unroutable.size;
  }

  /** The number after the last sent one. */
  get next(): number {
    return this.#next;
  }

  /** Sends nothing until `resume`. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
  }

  /** Stops sending; resolves when nothing waits for a confirm. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let turn = 0; !this.#stopping; turn += 1) {
      const { urls } = this.#options;
      // Outages are expected: it tries again, and only confirmed messages are owed.
      await this.#publishTo(urls[turn % urls.length] ?? '').catch(() => undefined);
      if (!this.#stopping) await sleep(RECONNECT_MS);
    }
  }

  /** Publishes until the connection closes or `stop` is called. */
  async #publishTo(url: string): Promise<void> {
    const connection = await connect(url, {
      timeout: CONNECT_TIMEOUT_MS,
      clientProperties: { connection_name: 'load' },
    });
    const gone = new AbortController();
    connection.on('error', () => {}); // followed by close
    connection.on('close', () => gone.abort());
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => gone.abort());
    channel.on('return', ({ properties }) => this.#unroutable.add(Number(properties.messageId)));
    const waiting = new Set<number>();
    let last = performance.now();
    for (let due = 0; !gone.signal.aborted && !this.#stopping; await sleep(TURN_MS)) {
      const now = performance.now();
      if (!this.#isPaused) due += ((now - last) / 1000) * this.#options.perSecond;
      last = now;
      // Leaves a channel after a refusal: RabbitMQ 3.10 can refuse forever on one that outlived a queue's leader.
      for (; due >= 1 && waiting.size < IN_THE_AIR; due -= 1) this.#send(channel, waiting, () => gone.abort());
    }
    if (!gone.signal.aborted) await channel.waitForConfirms();
    await connection.close();
  }

  #send(channel: ConfirmChannel, waiting: Set<number>, refused: () => void): void {
    const number = this.#next;
    const { queue, body, properties } = (this.#options.compose ?? ((each) => this.#plain(each)))(number);
    // Mandatory, because the broker drops and confirms a message without a queue.
    const options = { persistent: true, ...properties, mandatory: true, messageId: String(number) };
    channel.publish('', queue, body, options, (error: unknown) => {
      waiting.delete(number);
      if (error instanceof Error) refused();
      // A return comes before its confirm.
      else if (!this.#unroutable.has(number)) this.confirmed.add(number);
    });
    waiting.add(number);
    this.#next += 1;
  }

  #plain(number: number): LoadMessage {
    const { queues } = this.#options;
    return { queue: queues[number % queues.length] ?? '', body: Buffer.from(String(number)) };
  }
}
