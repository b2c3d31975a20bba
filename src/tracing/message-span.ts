import type { Context, Span, TimeInput } from '@opentelemetry/api';
import { type SpanIds, toErrorData } from '../bridge/index.js';
import { LazyContext } from './lazy-context.js';
import { ATTRIBUTE } from './semantic-conventions.js';
import type { Telemetry } from './telemetry.js';

/** The span of a call of `consume`, or of a publish. */
export class MessageSpan {
  readonly context: Context;
  private readonly telemetry: Telemetry;
  private readonly span: Span | undefined;

  /** @param span undefined: not sampled, in a trace of its own */
  constructor(telemetry: Telemetry, span: Span | undefined, parent: Context) {
    this.telemetry = telemetry;
    this.span = span;
    this.context = new LazyContext(telemetry, parent, span);
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
