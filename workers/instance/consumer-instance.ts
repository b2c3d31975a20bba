import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';
import { type ClaimId, type SlotSpec, toErrorData } from '../../src/bridge/index.js';
import type { ConsumerContext } from '../../src/consumer-api/index.js';
import { asError, type DispatcherError, messageOf } from '../../src/errors/index.js';
import { Fifo } from '../../src/timing/index.js';
import { Construction } from '../load/construction.js';
import { InstanceLoggers } from '../worker-logger.js';
import type { Caller } from './clean-context.js';
import { decisionOf } from './consumer-decision.js';
import { type Closable, hasShutdown, shutDown } from './consumer-shutdown.js';
import type { InstanceHost } from './instance-host.js';
import { ObservedConsume } from './observed-consume.js';
import type { Running } from './running.js';

export type AnyInstance = ConsumerInstance<Closable, Running>;

/**
 * One slot's instance of the user's class, its waiting deliveries, and its replacement after a throw.
 *
 *     down ── constructed ──▶ idle ── delivery ──▶ running ── returned ──▶ idle
 *       ▲  └─ constructor threw: again after a growing delay ─┘   └── threw: shutdown(error) ──▶ down
 *     any ── stop: shutdown(null) ──▶ stopped
 */
export abstract class ConsumerInstance<Subject extends Closable, Work extends Running> implements Caller {
  readonly spec: SlotSpec;
  readonly loggers: InstanceLoggers;
  protected readonly host: InstanceHost;
  protected readonly waiting = new Fifo<ClaimId>();
  protected running: Work | undefined;
  protected readonly observed: ObservedConsume;
  private state: 'down' | 'idle' | 'running' | 'stopped' = 'down';
  private consumer: Subject | undefined;
  private startedAt = 0;
  private readonly construction: Construction<Subject>;
  private replacing: Promise<void> | undefined;
  // Not made for each message: one runs at a time.
  private readonly onReturned = (): void => this.returned();
  private readonly onThrown = (error: unknown): void => this.failed(error);

  constructor(spec: SlotSpec, host: InstanceHost) {
    this.spec = spec;
    this.host = host;
    const { options, queue, instance } = spec;
    this.observed = new ObservedConsume(spec, host);
    const fields = { queue, consumer: spec.name, instance, thread: host.thread };
    this.loggers = new InstanceLoggers(host, fields, () => this.logFields());
    this.construction = new Construction({
      make: () =>
        host.context.run(() => {
          const { thread, resources } = host;
          const { metrics } = host.outbox;
          return this.make({ logger: this.loggers.context, metrics, options, resources, queue, instance, thread });
        }, this),
      logger: this.loggers.console,
      again: () => this.reconstruct(),
    });
  }

  protected abstract make(context: ConsumerContext): Subject;
  /** Calls `consume`: by `begin`, and then `follow` or `failed`. */
  protected abstract run(consumer: Subject): void;
  /** Of the consumer's log lines now. */
  protected abstract logFields(): object;
  protected abstract ended(now: number, serviceMs: number, work: Work | undefined): void;

  /** @throws the error of `make`; a later attempt follows */
  start(): void {
    this.consumer = this.construction.attempt();
    this.state = 'idle';
  }

  take(claimId: ClaimId): void {
    this.waiting.push(claimId);
    if (this.state === 'idle') this.wake();
  }

  step(): void {
    if (this.state === 'idle' && this.consumer !== undefined) this.run(this.consumer);
  }

  abort(reason: DispatcherError, claimIds?: readonly ClaimId[]): void {
    const { running } = this;
    if (running === undefined || (claimIds !== undefined && !running.isAmong(claimIds))) return;
    this.host.context.run(() => running.abort(reason, claimIds), this);
  }

  get work(): Work | undefined {
    return this.running;
  }

  get logger(): Logger {
    return this.loggers.console;
  }

  get plainLogger(): Logger {
    return this.loggers.plain;
  }

  /** @param ms by `performance.now()` */
  runsSinceBefore(ms: number): boolean {
    return this.running !== undefined && this.startedAt < ms;
  }

  /** Resolves when the user's `shutdown` has ended. */
  async stop(): Promise<void> {
    this.construction.stop();
    const { consumer } = this;
    this.state = 'stopped';
    this.consumer = undefined;
    await this.replacing;
    if (consumer !== undefined) await this.shutDown(consumer, null);
    this.loggers.repeated.flush();
  }

  protected warn(err: DispatcherError, fields: () => object): void {
    const text = messageOf(err);
    // The lost channel has its own line.
    const level = err.code === 'DELIVERY_LOST' ? 'debug' : 'warn';
    this.loggers.repeated.write({ level, kind: text, text, fields: () => ({ ...fields(), err }) });
  }

  protected wake(): void {
    this.host.runnable(this);
  }

  protected nextClaimed(): ClaimId | undefined {
    let skipped = 0;
    let claimId = this.waiting.shift();
    while (claimId !== undefined && !this.host.claims.begin(claimId)) {
      skipped++;
      claimId = this.waiting.shift();
    }
    if (skipped > 0) this.host.outbox.command({ type: 'slot_awake', slot: this.spec.slot });
    return claimId;
  }

  /** Before user code, which has the thread from now on. */
  protected begin(work: Work): void {
    this.startedAt = performance.now();
    this.host.outbox.flushIfHeld(this.startedAt);
    this.state = 'running';
    this.running = work;
    work.beginsAt(this.startedAt);
    this.host.claims.enter(work.claimId);
  }

  /** User code has returned the thread, and may go on. */
  protected follow(pending: void | Promise<void>): void {
    this.host.claims.leave();
    if (!isThenable(pending)) return this.returned();
    // A thenable's own `then` may return nothing.
    Promise.resolve(pending).then(this.onReturned, this.onThrown);
  }

  protected failed(thrown: unknown): void {
    const { consumer, host, running: work } = this;
    host.claims.leave();
    if (work === undefined) return;
    this.observed.end({ thrown });
    const decision = decisionOf(thrown);
    const now = performance.now();
    work.endsAt(now);
    host.heapWatch.look(now);
    this.running = undefined;
    if (decision !== undefined) {
      // Not the consumer's fault: the instance goes on.
      work.failWith(toErrorData(thrown), decision);
      if (this.state === 'running') this.rest();
      return;
    }
    if (consumer !== undefined && !hasShutdown(consumer)) return this.replaceNow(work, thrown);
    // First, or the slot would look idle between the posts.
    host.outbox.command({ type: 'slot_down', slot: this.spec.slot });
    work.failWith(toErrorData(thrown));
    host.outbox.flush();
    this.consumer = undefined;
    if (this.state === 'running') this.state = 'down';
    if (consumer !== undefined) this.replacing = this.replace(consumer, thrown);
  }

  /** Without a `shutdown` to await, the slot stays up. */
  private replaceNow(work: Work, thrown: unknown): void {
    const { outbox } = this.host;
    work.failWith(toErrorData(thrown));
    // First, because a constructor may end the thread.
    outbox.flush();
    this.consumer = undefined;
    if (this.state !== 'running') return;
    this.state = 'down';
    try {
      this.start();
    } catch (error) {
      outbox.command({ type: 'slot_down', slot: this.spec.slot });
      this.construction.complain(error);
      return;
    }
    this.rest();
  }

  private returned(): void {
    const pending = this.running?.finish();
    if (pending === undefined) return this.finished();
    pending.then(() => this.finished(), this.onThrown);
  }

  private finished(): void {
    const now = performance.now();
    this.observed.end();
    this.running?.endsAt(now);
    this.ended(now, now - this.startedAt, this.running);
    this.host.heapWatch.look(now);
    this.running = undefined;
    if (this.state === 'running') this.rest();
  }

  private rest(): void {
    this.state = 'idle';
    if (this.waiting.length > 0) this.host.runnable(this);
  }

  private async replace(consumer: Subject, thrown: unknown): Promise<void> {
    await this.shutDown(consumer, asError(thrown));
    if (this.state === 'down') this.reconstruct();
  }

  private shutDown(consumer: Subject, exception: Error | null): Promise<void> {
    const { spec, host } = this;
    const { repeated: lines } = this.loggers;
    return host.context.run(() => shutDown({ consumer, exception, spec, lines, deadline: host.deadline }), this);
  }

  private reconstruct(): void {
    try {
      this.start();
    } catch (error) {
      this.construction.complain(error);
      return;
    }
    this.host.outbox.command({ type: 'slot_up', slot: this.spec.slot });
    this.host.runnable(this);
  }
}

function isThenable(value: unknown): value is Promise<void> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
