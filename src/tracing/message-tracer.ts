import type { Attributes, Context, Link, Span, SpanOptions, TimeInput } from '@opentelemetry/api';
import { decodeRoute, type Publish, type Route } from '../amqp/index.js';
import { identityOf, type SpanIds, type TracingPlan } from '../bridge/index.js';
import { withIds } from './chosen-ids.js';
import { contextOf, mayHaveBaggage, mayHaveContext, withContext } from './header-carrier.js';
import { LazyContext } from './lazy-context.js';
import { MessageSpan } from './message-span.js';
import { ATTRIBUTE, DEFAULT_EXCHANGE, destinationOf, OPERATION, SYSTEM } from './semantic-conventions.js';
import type { Telemetry } from './telemetry.js';

/** A received message, in either thread. */
export interface TracedMessage {
  readonly route: Uint8Array;
  readonly properties: Uint8Array;
  readonly deliveryTag: number;
}

export interface ConsumeCall {
  readonly queue: string;
  readonly isBatch: boolean;
  /** Those of the call; for one message, that one. */
  readonly messages: readonly TracedMessage[];
  /** Default: now. */
  readonly startTime?: TimeInput;
  /** Of a span that its thread has begun and cannot end. */
  readonly ids?: SpanIds;
  /** It may begin a trace. Default: as `draw` says. */
  readonly isDrawn?: boolean;
}

/** Starts the spans of messages. */
export class MessageTracer {
  readonly telemetry: Telemetry;
  private readonly plan: TracingPlan;
  /** For the sampler: each attribute at the start of a span costs 40 ns, also when it is not sampled. */
  private readonly consumeOptions: SpanOptions;
  private readonly publishOptions: SpanOptions;
  private readonly serverAttributes: Attributes;

  constructor(telemetry: Telemetry, plan: TracingPlan) {
    this.telemetry = telemetry;
    this.plan = plan;
    const { SpanKind } = telemetry.api;
    this.consumeOptions = { kind: SpanKind.CONSUMER, attributes: attributesFor(OPERATION.consume) };
    this.publishOptions = { kind: SpanKind.PRODUCER, attributes: attributesFor(OPERATION.publish) };
    this.serverAttributes = plan.server
      ? { [ATTRIBUTE.serverAddress]: plan.server.host, [ATTRIBUTE.serverPort]: plan.server.port }
      : {};
  }

  /** `consume {queue}`, linked to the span of each publisher, or with `parent` a child of the only one. */
  consume(call: ConsumeCall): MessageSpan {
    const { queue, isBatch, messages, startTime, ids, isDrawn = this.draw() } = call;
    const { telemetry } = this;
    const hasParent = this.plan.parent && !isBatch;
    const parent = this.parentOf(isBatch ? undefined : messages[0]);
    if (ids === undefined && !isDrawn && telemetry.api.trace.getSpanContext(parent) === undefined) {
      return new MessageSpan(telemetry, undefined, parent);
    }
    const options = startTime === undefined ? this.consumeOptions : { ...this.consumeOptions, startTime };
    const span = this.start(`${OPERATION.consume.name} ${queue}`, options, parent, ids);
    // The sampler has decided without them: reading each message costs more than most spans are worth.
    if (span.isRecording()) {
      span.setAttributes({ ...this.serverAttributes, ...attributesOf(call) });
      if (!hasParent) span.addLinks(messages.flatMap((message) => this.linkTo(message)));
    }
    return new MessageSpan(telemetry, span, parent);
  }

  /**
   * `publish {exchange}`.
   * @param parent default: the active context
   */
  publish(route: Route, identity: Identity, parent: Context = this.telemetry.api.context.active()): MessageSpan {
    const { exchange, routingKey } = route;
    const name = `${OPERATION.publish.name} ${exchange === '' ? DEFAULT_EXCHANGE : exchange}`;
    const span = this.telemetry.tracer.startSpan(name, this.publishOptions, parent);
    if (span.isRecording()) {
      span.setAttributes({
        ...this.serverAttributes,
        [ATTRIBUTE.destination]: destinationOf(exchange, routingKey),
        ...identityAttributes({ ...identity, routingKey }),
      });
    }
    return new MessageSpan(this.telemetry, span, parent);
  }

  /** The encoded headers with the context of a publish, if they have none. */
  inject(headers: Uint8Array, { context }: MessageSpan): Uint8Array {
    return withContext(this.telemetry, headers, context);
  }

  /** Draws by the sample ratio: true for a message that may begin a trace. The SDK makes most of a span before its sampler decides. */
  draw(): boolean {
    const { sampleRatio } = this.plan;
    return sampleRatio === 1 || Math.random() < sampleRatio;
  }

  /** True if the headers of the message may have what goes on with it, drawn or not. */
  mayContinue({ properties }: TracedMessage): boolean {
    return this.plan.parent ? mayHaveContext(this.telemetry, properties) : mayHaveBaggage(properties);
  }

  /** For messages that are neither drawn nor continue anything. */
  untracedContext(): LazyContext {
    return new LazyContext(this.telemetry, this.telemetry.root);
  }

  private parentOf(only: TracedMessage | undefined): Context {
    const { telemetry } = this;
    if (only === undefined || !this.mayContinue(only)) return telemetry.root;
    const context = contextOf(telemetry, only.properties);
    return this.plan.parent ? context : telemetry.api.trace.deleteSpan(context);
  }

  private linkTo({ properties }: TracedMessage): Link[] {
    const spanContext = this.telemetry.api.trace.getSpanContext(contextOf(this.telemetry, properties));
    return spanContext === undefined ? [] : [{ context: spanContext }];
  }

  private start(name: string, options: SpanOptions, parent: Context, ids: SpanIds | undefined): Span {
    const { tracer } = this.telemetry;
    if (ids === undefined) return tracer.startSpan(name, options, parent);
    const chosen = withIds(this.telemetry, ids);
    if (chosen !== undefined) return chosen.startSpan(name, options, parent);
    // Below the lost span, so that it is in its trace at least.
    const { trace, TraceFlags } = this.telemetry.api;
    const lost = { ...ids, traceFlags: TraceFlags.SAMPLED, isRemote: true };
    return tracer.startSpan(name, options, trace.setSpanContext(parent, lost));
  }
}

interface Identity {
  readonly messageId?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly routingKey?: string | undefined;
}

/** Of a publish, before it is packed. */
export function identityOfPublish({ properties }: Publish): Identity {
  const { messageId, correlationId } = properties;
  return {
    ...(typeof messageId === 'string' && { messageId }),
    ...(typeof correlationId === 'string' && { correlationId }),
  };
}

function attributesFor(operation: { readonly name: string; readonly type: string }): Attributes {
  return {
    [ATTRIBUTE.system]: SYSTEM,
    [ATTRIBUTE.operationName]: operation.name,
    [ATTRIBUTE.operationType]: operation.type,
  };
}

function attributesOf({ queue, isBatch, messages: [first], messages }: ConsumeCall): Attributes {
  if (first === undefined) return {};
  if (isBatch) return { [ATTRIBUTE.destination]: queue, [ATTRIBUTE.batchSize]: messages.length };
  return {
    [ATTRIBUTE.destination]: destinationOfMessage(first, queue),
    [ATTRIBUTE.deliveryTag]: first.deliveryTag,
    ...identityAttributes(identityOf(first)),
  };
}

function identityAttributes({ messageId, correlationId, routingKey }: Identity): Attributes {
  return {
    ...(routingKey !== undefined && { [ATTRIBUTE.routingKey]: routingKey }),
    ...(messageId !== undefined && { [ATTRIBUTE.messageId]: messageId }),
    ...(correlationId !== undefined && { [ATTRIBUTE.conversationId]: correlationId }),
  };
}

function destinationOfMessage({ route }: TracedMessage, queue: string): string {
  try {
    const { exchange, routingKey } = decodeRoute(route);
    return destinationOf(exchange, routingKey, queue);
  } catch {
    return queue;
  }
}
