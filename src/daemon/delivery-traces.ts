import type { Logger } from 'pino';
import type { OutgoingMessage } from '../amqp/index.js';
import { identityOf, type SpanIds, type TracingPlan } from '../bridge/index.js';
import type { Delivery, DeliveryFeed, Slot } from '../dispatch/index.js';
import { DispatcherError } from '../errors/index.js';
import type { PublishDone, ThreadDeath, ThreadEnding } from '../threads/index.js';
import { loadTelemetry, type MessageSpan, MessageTracer } from '../tracing/index.js';

/** A `consume` whose span this thread makes; a batch is one. */
interface Started {
  readonly span: MessageSpan;
  readonly beganAtMs: number;
  /** Its deliveries that have not ended. */
  left: number;
}

interface Passed {
  readonly message: OutgoingMessage;
  readonly done: PublishDone;
}

/** Of one call of `consume` on a dead thread. */
interface Call {
  readonly slot: Slot;
  readonly beganAtMs: number;
  readonly deliveries: Delivery[];
}

export interface DeliveryTracesOptions {
  readonly entries: readonly { readonly feed: DeliveryFeed }[];
  readonly logger: Logger;
}

/**
 * The main thread's part of the spans. A thread with an SDK makes its own; this one ends those of a dead thread, under the
 * same ids, and makes all those of threads without an SDK.
 */
export class DeliveryTraces {
  private readonly plan: TracingPlan;
  private readonly logger: Logger;
  /** By slot, which runs one `consume` at a time. */
  private readonly started = new Map<Slot, Started>();
  /** Undefined before the start, and without an SDK in this thread. */
  private tracer: MessageTracer | undefined;

  constructor(plan: TracingPlan, { entries, logger }: DeliveryTracesOptions) {
    this.plan = plan;
    this.logger = logger;
    for (const { feed } of entries) {
      feed.ended.on(({ delivery, slot }) => this.ended(delivery, slot));
      feed.failed.on(({ delivery, failure }) => {
        if (failure.kind === 'thrown') this.runningOf(delivery)?.span.fail(failure.error);
      });
    }
  }

  /** @throws ConfigurationError `TRACING_UNAVAILABLE` */
  async start(): Promise<void> {
    const telemetry = await loadTelemetry(this.plan.version);
    if (telemetry === undefined) {
      this.logger.warn(
        'tracing is enabled, but no OpenTelemetry SDK is registered in the main thread: load one with --import',
      );
      return;
    }
    this.tracer = new MessageTracer(telemetry, this.plan);
  }

  /** Exports what the SDK still holds, within 5 s. */
  async stop(): Promise<void> {
    if (this.tracer === undefined) return;
    let timer: NodeJS.Timeout | undefined;
    const timedOut = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LONGEST_FLUSH_MS);
    });
    await Promise.race([this.tracer.telemetry.flush(), timedOut]);
    clearTimeout(timer);
  }

  /** Adds the span of a publish whose thread has no SDK. */
  publish(delivery: Delivery | undefined, message: OutgoingMessage, done: PublishDone): Passed {
    const { tracer } = this;
    const slot = delivery?.slot;
    const beganAtMs = delivery && slot?.link?.beganAtMs(delivery);
    if (tracer === undefined || delivery === undefined || slot === undefined || beganAtMs === undefined) {
      return { message, done };
    }
    if (slot.link?.threadSpan(delivery)?.state !== 'none') return { message, done };
    const { context } = this.startedOn(slot, delivery, beganAtMs, tracer).span;
    const list = message.memory.subarray(message.propertiesAt, message.bodyAt);
    const route = message.memory.subarray(message.routeAt, message.propertiesAt);
    const span = tracer.publish(message.route, identityOf({ route, properties: list }), context);
    // Another copy of each message would cost more than its trace is worth.
    if (!span.isRecording) return { message, done };
    return {
      message: message.withHeaders(tracer.inject(message.headers ?? Buffer.alloc(0), span)),
      done: (error) => {
        if (error !== undefined) span.fail(error);
        span.end();
        done(error);
      },
    };
  }

  threadDied({ orphans, cause }: Pick<ThreadDeath<Delivery>, 'orphans' | 'cause'>): void {
    this.endAll(
      orphans.filter(({ isUnseen }) => !isUnseen).map(({ delivery }) => delivery),
      cause,
    );
  }

  /** Ends the spans of a thread that the stop terminates; `threadDied` ends those of every other thread. */
  threadTerminates({ reason, running }: ThreadEnding<Delivery>): void {
    if (reason !== undefined || this.tracer === undefined) return;
    for (const delivery of running) {
      delivery.beganAtMs = delivery.slot?.link?.beganAtMs(delivery);
      delivery.threadSpan = delivery.slot?.link?.threadSpan(delivery);
    }
    const why = 'the daemon terminated its thread: the shutdown timeout had passed, or a second signal came';
    this.endAll(running, new DispatcherError('SHUTDOWN_TIMEOUT', why));
  }

  private endAll(deliveries: readonly Delivery[], cause: Error): void {
    const { tracer } = this;
    if (tracer === undefined) return;
    for (const { slot, beganAtMs, deliveries: own } of callsOf(deliveries)) {
      const [first] = own;
      if (first?.threadSpan?.state === 'open') {
        const span = this.startSpan(tracer, slot, own, beganAtMs, first.threadSpan);
        span.fail(cause);
        span.end();
      } else if (first?.threadSpan?.state === 'none') {
        const { span } = this.startedOn(slot, first, beganAtMs, tracer);
        span.fail(cause);
        span.end();
        this.started.delete(slot);
      }
      // The end of each follows.
      for (const delivery of own) delivery.threadSpan = { state: 'ended' };
    }
  }

  private ended(delivery: Delivery, slot: Slot): void {
    const { tracer } = this;
    const { beganAtMs, endedAtMs, threadSpan } = delivery;
    if (tracer === undefined || beganAtMs === undefined || threadSpan?.state !== 'none') return;
    const started = this.startedOn(slot, delivery, beganAtMs, tracer);
    started.left--;
    if (started.left > 0) return;
    const end = (): void => {
      started.span.end(wallMs(Math.max(beganAtMs, endedAtMs ?? performance.now())));
      if (this.started.get(slot) === started) this.started.delete(slot);
    };
    // The `failed` event follows in this turn.
    if (started.span.isRecording) queueMicrotask(end);
    else end();
  }

  private runningOf({ slot, beganAtMs }: Delivery): Started | undefined {
    const started = slot && this.started.get(slot);
    return started?.beganAtMs === beganAtMs ? started : undefined;
  }

  private startedOn(slot: Slot, delivery: Delivery, beganAtMs: number, tracer: MessageTracer): Started {
    const running = this.started.get(slot);
    if (running?.beganAtMs === beganAtMs) return running;
    const others = slot.spec.batchSize === undefined ? [] : [...slot.handed];
    const began = (each: Delivery): number | undefined => each.beganAtMs ?? slot.link?.beganAtMs(each);
    const batch = [delivery, ...others.filter((each) => each !== delivery && began(each) === beganAtMs)];
    const started = { span: this.startSpan(tracer, slot, batch, beganAtMs), beganAtMs, left: batch.length };
    this.started.set(slot, started);
    return started;
  }

  private startSpan(
    tracer: MessageTracer,
    { spec }: Slot,
    deliveries: readonly Delivery[],
    beganAtMs: number,
    ids?: SpanIds,
  ): MessageSpan {
    return tracer.consume({
      queue: spec.queue,
      isBatch: spec.batchSize !== undefined,
      // The memory of a lost one may hold another message now.
      messages: deliveries.filter(({ state }) => state !== 'lost').map(({ message }) => message),
      startTime: wallMs(beganAtMs),
      ...(ids !== undefined && { ids }),
    });
  }
}

const LONGEST_FLUSH_MS = 5_000;

/** The messages of a batch begin at the same time. */
function callsOf(deliveries: readonly Delivery[]): Call[] {
  const calls: Call[] = [];
  for (const delivery of deliveries) {
    const { slot, beganAtMs } = delivery;
    if (slot === undefined || beganAtMs === undefined) continue;
    const call = calls.find((each) => each.slot === slot && each.beganAtMs === beganAtMs);
    if (call === undefined) calls.push({ slot, beganAtMs, deliveries: [delivery] });
    else call.deliveries.push(delivery);
  }
  return calls;
}

/** From `performance.now()` to milliseconds since the epoch. */
function wallMs(ownMs: number): number {
  return performance.timeOrigin + ownMs;
}
