import type { Logger } from 'pino';
import type { Consumer, ConsumerContext, Handler } from '../src/consumer-api/index.js';
import { asError, type DispatcherError, messageOf } from '../src/errors/index.js';
import {
  type DeliveryReader,
  type IncomingDelivery,
  type SlotSpec,
  type Ticket,
  toErrorData,
} from '../src/protocol/index.js';
import { type ConsumerParts, construct } from './consumer-parts.js';
import { shutDown } from './consumer-shutdown.js';
import { type Bridge, DeliveryAmqp } from './delivery-amqp.js';
import type { HeapWatch } from './heap-watch.js';
import { InvalidMessage } from './invalid-message.js';
import { ReceivedMessage } from './received-message.js';
import { verdictOf } from './verdict.js';

/**
 * One slot: an instance of the user's class, the deliveries that wait for it, and its replacement after a throw.
 *
 *     down ── constructed ──▶ idle ── delivery ──▶ running ── returned ──▶ idle
 *       ▲  └─ constructor threw: again after a growing delay ─┘   └── threw: shutdown(error) ──▶ down
 *     any ── close: shutdown(null) ──▶ closed
 */

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 30_000;
/** From this service time on, a batch of answers may cost more latency than it saves work. */
const SLOW_MS = 1;
/**
 * A consumer that ends so soon after its answer has both told at once: each wakes the main thread, with caches that the
 * consumer has emptied (0.1 ms of 5 that it computes).
 */
const SOON_MS = 0.1;

/** What an instance needs of its host. */
export interface InstanceHost extends Bridge {
  readonly thread: number;
  readonly heapWatch: HeapWatch;
  readonly reader: DeliveryReader;
  /** The instance has something to do. */
  runnable(instance: ConsumerInstance): void;
  createLogger(fields: object, current: () => object): Logger;
}

export class ConsumerInstance {
  readonly spec: SlotSpec;
  private readonly host: InstanceHost;
  private readonly parts: ConsumerParts;
  private readonly logger: Logger;
  private readonly waiting: Ticket[] = [];
  private state: 'down' | 'idle' | 'running' | 'closed' = 'down';
  private consumer: Consumer | undefined;
  private handler: Handler | undefined;
  private current: IncomingDelivery | undefined;
  private amqp: DeliveryAmqp | undefined;
  private serviceMs = 0;
  private endsSoon = false;
  private failures = 0;
  private retry: NodeJS.Timeout | undefined;
  private replacing: Promise<void> | undefined;

  constructor(spec: SlotSpec, parts: ConsumerParts, host: InstanceHost) {
    this.spec = spec;
    this.host = host;
    this.parts = parts;
    this.logger = host.createLogger(
      { queue: spec.queue, consumer: spec.name, instance: spec.instance, thread: host.thread },
      () =>
        this.current === undefined
          ? {}
          : { deliveryTag: this.current.deliveryTag, redelivered: this.current.redelivered },
    );
  }

  /** Makes the first instance. @throws as `construct` of its parts does; it is tried again later */
  construct(): void {
    const context: ConsumerContext = {
      logger: this.logger,
      options: this.spec.options,
      queue: this.spec.queue,
      instance: this.spec.instance,
      thread: this.host.thread,
    };
    try {
      ({ consumer: this.consumer, handler: this.handler } = construct(this.parts, context, this.spec.consumer));
    } catch (error) {
      this.retryLater();
      throw error;
    }
    this.failures = 0;
    this.state = 'idle';
  }

  take(ticket: Ticket): void {
    this.waiting.push(ticket);
    if (this.state === 'idle') this.host.runnable(this);
  }

  /** Runs the next delivery; an instance that could go on is made runnable again. */
  step(): void {
    const { consumer, handler } = this;
    const { decode } = this.parts;
    if (this.state !== 'idle' || consumer === undefined) return;
    const ticket = this.nextClaimed();
    if (ticket === undefined) return;
    const delivery = this.host.reader.read(ticket.cell);
    const started = performance.now();
    this.host.outbox.flushIfHeld(started);
    this.state = 'running';
    this.current = delivery;
    const amqp = new DeliveryAmqp(ticket, this.host, (error) => this.logger.warn({ err: error }, error.message));
    this.amqp = amqp;
    amqp.eager = this.serviceMs > SLOW_MS;
    amqp.endsSoon = this.endsSoon;
    try {
      this.host.claims.enter(ticket);
      const message = new ReceivedMessage(delivery, this.spec.consumerTag);
      const errors = decode?.(message);
      if (errors !== undefined) throw new InvalidMessage(errors);
      const pending = handler === undefined ? consumer.consume(amqp, message) : handler(amqp, message);
      this.host.claims.leave();
      if (!isThenable(pending)) return this.returned(amqp, started);
      // Promise.resolve: a thenable's own `then` may return nothing, and may need both handlers.
      Promise.resolve(pending).then(
        () => this.returned(amqp, started),
        (error: unknown) => this.failed(ticket, error),
      );
    } catch (error) {
      this.host.claims.leave();
      this.failed(ticket, error);
    }
  }

  /** `consume` has returned; nearly always that is the end of the delivery, and no further promise is made for it. */
  private returned(amqp: DeliveryAmqp, started: number): void {
    const pending = amqp.finish();
    if (pending === undefined) return this.finished(started);
    pending.then(
      () => this.finished(started),
      (error: unknown) => this.failed(amqp.ticket, error),
    );
  }

  /** Aborts the running delivery's signal when it is one of these, or whatever it is. */
  abort(reason: DispatcherError, tickets?: readonly Ticket[]): void {
    const { amqp } = this;
    if (amqp === undefined) return;
    const { cell, generation } = amqp.ticket;
    const isMeant =
      tickets === undefined || tickets.some((ticket) => ticket.cell === cell && ticket.generation === generation);
    if (isMeant) amqp.abort(reason);
  }

  /** Shuts the instance down for good; resolves when the user's `shutdown` has. */
  async close(): Promise<void> {
    clearTimeout(this.retry);
    const { consumer } = this;
    this.state = 'closed';
    this.consumer = undefined;
    await this.replacing;
    if (consumer !== undefined) await shutDown({ consumer, exception: null, spec: this.spec, logger: this.logger });
  }

  private nextClaimed(): Ticket | undefined {
    let skipped = 0;
    let ticket = this.waiting.shift();
    while (ticket !== undefined && !this.host.claims.begin(ticket)) {
      skipped++;
      ticket = this.waiting.shift();
    }
    if (skipped > 0) this.host.outbox.command({ type: 'slot_awake', slot: this.spec.slot });
    return ticket;
  }

  private finished(started: number): void {
    const now = performance.now();
    this.serviceMs = now - started;
    const answeredAt = this.amqp?.answeredAt;
    if (answeredAt !== undefined) this.endsSoon = now - answeredAt < SOON_MS;
    if (this.serviceMs > SLOW_MS) this.host.outbox.flushIfComputing(now);
    this.host.heapWatch.look(now);
    this.current = undefined;
    this.amqp = undefined;
    if (this.state === 'running') this.rest();
  }

  private rest(): void {
    this.state = 'idle';
    if (this.waiting.length > 0) this.host.runnable(this);
  }

  private failed(ticket: Ticket, thrown: unknown): void {
    const { consumer, host } = this;
    const verdict = verdictOf(thrown);
    host.heapWatch.look(performance.now());
    const error = toErrorData(thrown);
    this.amqp?.fail();
    this.current = undefined;
    this.amqp = undefined;
    if (verdict !== undefined) {
      // A decision about the message, no fault of the consumer: its instance goes on.
      host.outbox.command({ type: 'failed', ticket, error, verdict });
      if (this.state === 'running') this.rest();
      return;
    }
    host.outbox.command({ type: 'failed', ticket, error });
    host.outbox.command({ type: 'slot_down', slot: this.spec.slot });
    host.outbox.flush();
    this.consumer = undefined;
    if (this.state === 'running') this.state = 'down';
    if (consumer !== undefined) this.replacing = this.replace(consumer, thrown);
  }

  private async replace(consumer: Consumer, thrown: unknown): Promise<void> {
    await shutDown({ consumer, exception: asError(thrown), spec: this.spec, logger: this.logger });
    if (this.state === 'down') this.reconstruct();
  }

  private reconstruct(): void {
    try {
      this.construct();
    } catch (error) {
      this.logger.error({ err: error, retryMs: this.retryMs() }, messageOf(error));
      return;
    }
    this.host.outbox.command({ type: 'slot_up', slot: this.spec.slot });
    this.host.runnable(this);
  }

  private retryLater(): void {
    this.failures++;
    this.retry = setTimeout(() => this.reconstruct(), this.retryMs());
  }

  private retryMs(): number {
    return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.failures - 1));
  }
}

function isThenable(value: unknown): value is Promise<void> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
