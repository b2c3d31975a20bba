import type { Tracer } from '@opentelemetry/api';
import type { SpanIds } from '../bridge/index.js';
import type { Telemetry } from './telemetry.js';

/** Where the tracers of the OpenTelemetry SDK, version 1 and 2, keep the generator of their ids. */
const GENERATOR = '_idGenerator';

/**
 * A tracer that gives its span the ids of one that a dead thread has begun: the spans below name them, and the API has no
 * way to choose ids. It derives from the SDK's tracer, which stays as it is. Undefined for an SDK that is made otherwise.
 */
export function withIds({ tracer }: Telemetry, { traceId, spanId }: SpanIds): Tracer | undefined {
  if (!(GENERATOR in tracer)) return undefined;
  const generator = { generateTraceId: () => traceId, generateSpanId: () => spanId };
  const derived: Tracer = Object.create(tracer, { [GENERATOR]: { value: generator } });
  return derived;
}
