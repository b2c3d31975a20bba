import { tracingChannel } from 'node:diagnostics_channel';
import type { ClaimId, IncomingDelivery, SlotSpec } from '../../src/bridge/index.js';
import type { Message } from '../../src/consumer-api/index.js';
import type { ThreadSpan, ThreadTracing, UntracedCalls } from '../tracing/thread-tracing.js';
import type { Caller, CleanChain, CleanContext } from './clean-context.js';
import type { InstanceHost } from './instance-host.js';

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
  private readonly context: CleanContext;
  private readonly tracing: ThreadTracing | undefined;
  private readonly untraced: UntracedCalls | undefined;
  private readonly untracedChain: CleanChain | undefined;
  private span: ThreadSpan | undefined;

  constructor(spec: SlotSpec, { thread, context, tracing }: Pick<InstanceHost, 'thread' | 'context' | 'tracing'>) {
    this.spec = spec;
    this.thread = thread;
    this.context = context;
    this.tracing = tracing;
    const untraced = tracing?.untraced();
    this.untraced = untraced;
    this.untracedChain = untraced && context.chainWithin((make) => untraced.enter(make));
  }

  begin(begun: () => readonly Begun[]): void {
    if (this.tracing === undefined) return;
    this.span = this.tracing.consume(this.spec, begun());
    if (this.span === undefined) this.untraced?.next();
  }

  /**
   * Calls `consume` in a clean context, with its span active, and publishes to the channels
   * `tracing:amqp-dispatcher:consume:start` ….
   */
  run(call: Call, messages: () => readonly Message[], caller: Caller): void | Promise<void> {
    const { span, context } = this;
    const told = channel.hasSubscribers ? () => this.tell(call, messages()) : call;
    if (span !== undefined) return context.run(() => span.run(told), caller);
    return context.run(told, caller, this.untracedChain);
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
