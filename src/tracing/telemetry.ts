import type * as OpenTelemetry from '@opentelemetry/api';
import { ConfigurationError, messageOf } from '../errors/index.js';

export type Api = typeof OpenTelemetry;

const NAME = 'amqp-dispatcher';

/** The OpenTelemetry API of this thread, and the tracer of the SDK that the user registered with it. */
export class Telemetry {
  readonly api: Api;
  readonly tracer: OpenTelemetry.Tracer;
  /** The header fields that the registered propagator reads and writes, such as `traceparent`. */
  readonly fields: readonly string[];
  /** The same fields as field tables hold them. */
  readonly fieldNames: readonly Uint8Array[];
  readonly root: OpenTelemetry.Context;

  constructor(api: Api, tracer: OpenTelemetry.Tracer) {
    this.api = api;
    this.tracer = tracer;
    this.fields = api.propagation.fields();
    this.fieldNames = this.fields.map((name) => Buffer.from(name));
    this.root = api.ROOT_CONTEXT;
  }

  /** Exports the spans that the SDK still holds. Never rejects. */
  async flush(): Promise<void> {
    const provider: unknown = delegateOf(this.api.trace.getTracerProvider());
    if (!canFlush(provider)) return;
    try {
      await provider.forceFlush();
    } catch {
      // The SDK has told its own logger.
    }
  }
}

/**
 * Loads the API, an optional peer; returns undefined if no SDK is registered with it in this thread.
 * @throws ConfigurationError `TRACING_UNAVAILABLE`
 */
export async function loadTelemetry(
  version: string,
  importApi: () => Promise<Api> = () => import('@opentelemetry/api'),
): Promise<Telemetry | undefined> {
  let api: Api;
  try {
    api = await importApi();
  } catch (error) {
    const why = `tracing is enabled, but @opentelemetry/api cannot be loaded: ${messageOf(error)}`;
    const remedy =
      'install it and an SDK beside amqp-dispatcher: npm install @opentelemetry/api @opentelemetry/sdk-node';
    throw new ConfigurationError('TRACING_UNAVAILABLE', `${why} (${remedy})`, { cause: error });
  }
  const tracer = registeredTracer(api, version);
  return tracer === undefined ? undefined : new Telemetry(api, tracer);
}

/** The API returns a proxy of its own until an SDK registers; another copy's proxy means that one has. */
function registeredTracer(api: Api, version: string): OpenTelemetry.Tracer | undefined {
  const provider = api.trace.getTracerProvider();
  return provider instanceof api.ProxyTracerProvider
    ? provider.getDelegateTracer(NAME, version)
    : provider.getTracer(NAME, version);
}

function delegateOf(provider: OpenTelemetry.TracerProvider): unknown {
  if (!('getDelegate' in provider) || typeof provider.getDelegate !== 'function') return provider;
  return provider.getDelegate();
}

function canFlush(provider: unknown): provider is { forceFlush(): Promise<void> } {
  return (
    typeof provider === 'object' &&
    provider !== null &&
    'forceFlush' in provider &&
    typeof provider.forceFlush === 'function'
  );
}
