import { tracingChannel } from 'node:diagnostics_channel';
import type { ClaimId, IncomingDelivery, SlotSpec } from '../../src/bridge/index.js';
import type { Message } from '../../src/consumer-api/index.js';
import type { ThreadSpan, ThreadTracing } from '../tracing/thread-tracing.js';

/** A call of `consume`, as APMs see it; a failure adds `error`. */
export interface ConsumeEvent {
  readonly queue: string;
  readonly consumer: string;
  readonly instance: number;
  readonly thread: number;
  /** One, except in batches. */
  readonly messages: readonly Message[];
}

export interface Begun {
  readonly claimId: ClaimId;
  readonly delivery: IncomingDelivery;
}

const channel = tracingChannel<ConsumeEvent>('amqp-dispatcher:consume');

type Call = () => void | Promise<void>;

/** The calls of one instance, for its spans and for APMs: one at a time. While nobody watches, nothing is made for them. */
export class ObservedConsume {
  private readonly spec: SlotSpec;
  private readonly thread: number;
  private readonly tracing: ThreadTracing | undefined;
  private span: ThreadSpan | undefined;

  constructor(spec: SlotSpec, thread: number, tracing: ThreadTracing | undefined) {
    this.spec = spec;
    this.thread = thread;
    this.tracing = tracing;
  }

  begin(begun: () => readonly Begun[]): void {
    this.span = this.tracing?.consume(this.spec, begun());
  }

  /**
   * Returns the call of `consume` with its span active, which publishes to the channels
   * `tracing:amqp-dispatcher:consume:start` ….
   */
  watched(call: Call, messages: () => readonly Message[]): Call {
    const { span } = this;
    const told = channel.hasSubscribers ? () => this.tell(call, messages()) : call;
    return span === undefined ? told : () => span.run(told);
  }

  /** Before the report of the end. */
  end(failure?: { readonly thrown: unknown }): void {
    if (this.span === undefined) return;
    if (failure !== undefined) this.span.fail(failure.thrown);
    this.span.end();
    this.span = undefined;
  }

  private tell(call: Call, messages: readonly Message[]): Promise<void> {
    const { queue, name, instance } = this.spec;
    return channel.tracePromise(async () => call(), { queue, consumer: name, instance, thread: this.thread, messages });
  }
}
