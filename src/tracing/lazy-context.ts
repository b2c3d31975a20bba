import { randomBytes } from 'node:crypto';
import type { Context, Span } from '@opentelemetry/api';
import type { Telemetry } from './telemetry.js';

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

/** A context with a span, made for the first who asks: for most messages that are not sampled nobody does. */
export class LazyContext implements Context {
  private readonly telemetry: Telemetry;
  private readonly parent: Context;
  private readonly span: Span | undefined;
  private made: Context | undefined;

  /** @param span default: one that is not sampled, with a trace id of its own */
  constructor(telemetry: Telemetry, parent: Context, span?: Span) {
    this.telemetry = telemetry;
    this.parent = parent;
    this.span = span;
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

  /** For another message: without a span, its trace id is a new one. */
  renew(): void {
    this.made = undefined;
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
