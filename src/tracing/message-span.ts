import type { Context, Span, TimeInput } from '@opentelemetry/api';
import { type SpanIds, toErrorData } from '../bridge/index.js';
import { ATTRIBUTE } from './semantic-conventions.js';
import type { Telemetry } from './telemetry.js';

/** The span of a call of `consume`, or of a publish. */
export class MessageSpan {
  readonly context: Context;
  private readonly telemetry: Telemetry;
  private readonly span: Span;

  constructor(telemetry: Telemetry, span: Span, parent: Context) {
    this.telemetry = telemetry;
    this.span = span;
    this.context = new LazySpanContext(telemetry, span, parent);
  }

  get isRecording(): boolean {
    return this.span.isRecording();
  }

  /** Undefined if it is not recorded. */
  get ids(): SpanIds | undefined {
    return this.isRecording ? this.span.spanContext() : undefined;
  }

  /** Calls with the span as active one. */
  run<Result>(call: () => Result): Result {
    return this.telemetry.api.context.with(this.context, call);
  }

  /** Takes anything thrown. */
  fail(thrown: unknown, time?: TimeInput): void {
    if (!this.isRecording) return;
    const { SpanStatusCode } = this.telemetry.api;
    const { name, type = name, message, stack, code, cause } = toErrorData(thrown);
    this.span.setAttribute(ATTRIBUTE.errorType, typeof code === 'string' ? code : type);
    this.span.setStatus({ code: SpanStatusCode.ERROR, message });
    this.record({ name, message, stack }, time);
    if (cause !== undefined) this.record(cause, time);
  }

  /** @param time default: now */
  end(time?: TimeInput): void {
    this.span.end(time);
  }

  private record(error: { name: string; message: string; stack?: string | undefined }, time?: TimeInput): void {
    const { name, message, stack } = error;
    this.span.recordException({ name, message, ...(stack !== undefined && { stack }) }, time);
  }
}

/** The context with the span in it, made for the first who asks: for most messages that are not sampled nobody does. */
class LazySpanContext implements Context {
  private readonly telemetry: Telemetry;
  private readonly span: Span;
  private readonly parent: Context;
  private made: Context | undefined;

  constructor(telemetry: Telemetry, span: Span, parent: Context) {
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
    this.made ??= this.telemetry.api.trace.setSpan(this.parent, this.span);
    return this.made;
  }
}
