import { randomBytes } from 'node:crypto';
import type { Context, Span, TimeInput } from '@opentelemetry/api';
import { type SpanIds, toErrorData } from '../bridge/index.js';
import { ATTRIBUTE } from './semantic-conventions.js';
import type { Telemetry } from './telemetry.js';

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

/** The span of a call of `consume`, or of a publish. */
export class MessageSpan {
  readonly context: Context;
  private readonly telemetry: Telemetry;
  private readonly span: Span | undefined;

  /** @param span undefined: not sampled, in a trace of its own */
  constructor(telemetry: Telemetry, span: Span | undefined, parent: Context) {
    this.telemetry = telemetry;
    this.span = span;
    this.context = new LazySpanContext(telemetry, span, parent);
  }

  get isRecording(): boolean {
    return this.span?.isRecording() === true;
  }

  /** Undefined if it is not recorded. */
  get ids(): SpanIds | undefined {
    return this.isRecording ? this.span?.spanContext() : undefined;
  }

  /** Calls with the span as active one. */
  run<Result>(call: () => Result): Result {
    return this.telemetry.api.context.with(this.context, call);
  }

  /** Takes anything thrown. */
  fail(thrown: unknown, time?: TimeInput): void {
    const { span } = this;
    if (span?.isRecording() !== true) return;
    const { SpanStatusCode } = this.telemetry.api;
    const { name, type = name, message, stack, code, cause } = toErrorData(thrown);
    span.setAttribute(ATTRIBUTE.errorType, typeof code === 'string' ? code : type);
    span.setStatus({ code: SpanStatusCode.ERROR, message });
    record(span, { name, message, stack }, time);
    if (cause !== undefined) record(span, cause, time);
  }

  /** @param time default: now */
  end(time?: TimeInput): void {
    this.span?.end(time);
  }
}

function record(
  span: Span,
  error: { name: string; message: string; stack?: string | undefined },
  time?: TimeInput,
): void {
  const { name, message, stack } = error;
  span.recordException({ name, message, ...(stack !== undefined && { stack }) }, time);
}

/** The context with the span in it, made for the first who asks: for most messages that are not sampled nobody does. */
class LazySpanContext implements Context {
  private readonly telemetry: Telemetry;
  private readonly span: Span | undefined;
  private readonly parent: Context;
  private made: Context | undefined;

  constructor(telemetry: Telemetry, span: Span | undefined, parent: Context) {
    this.telemetry = telemetry;
    this.span = span;
    this.parent = parent;
  }

  getValue(key: symbol): unknown {
    return this.real.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return this.real.setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    return this.real.deleteValue(key);
  }

  private get real(): Context {
    const { telemetry, parent } = this;
    this.made ??= telemetry.api.trace.setSpan(parent, this.span ?? unsampledSpan(telemetry));
    return this.made;
  }
}

/** The parent of spans below, which are not sampled either; log lines show its trace id. */
function unsampledSpan({ api }: Telemetry): Span {
  return api.trace.wrapSpanContext({
    traceId: randomBytes(TRACE_ID_BYTES).toString('hex'),
    spanId: randomBytes(SPAN_ID_BYTES).toString('hex'),
    traceFlags: api.TraceFlags.NONE,
  });
}
