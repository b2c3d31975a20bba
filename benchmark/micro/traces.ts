import * as api from '@opentelemetry/api';
import {
  NodeTracerProvider,
  NoopSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node';
import { pino } from 'pino';
import { SpanCells, WorkerSpanCells } from '../../src/bridge/index.js';
import { MessageTracer, Telemetry } from '../../src/tracing/index.js';
import { throughMemory, wireMessage } from '../../test/support/amqp/wire-message.js';
import { CleanContext } from '../../workers/instance/clean-context.js';
import { ObservedConsume } from '../../workers/instance/observed-consume.js';
import { ThreadTracing } from '../../workers/tracing/thread-tracing.js';
import type { Measured } from './clock.js';
import { SPEC } from './slot-spec.js';

/** The span of a call of `consume` on its worker thread, with the real SDK and no exporter. */

const MESSAGES = 1_000;
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';

export function traceBenchmarks(): Measured[] {
  // Also makes the context manager and the propagator.
  providerFor(1).register();
  const none = tracingOf({ share: 0 });
  const some = tracingOf({ share: 0.01 });
  return [
    consumed('trace: consume without tracing', {}),
    consumed('trace: consume, none sampled', { tracing: none }),
    consumed('trace: consume, 1 % by sample_ratio', { tracing: tracingOf({ share: 1, sampleRatio: 0.01 }) }),
    consumed('trace: consume, 1 % sampled', { tracing: some }),
    consumed('trace: the same with a traceparent', {
      tracing: some,
      headers: { tenant: 'a', traceparent: TRACEPARENT },
    }),
    consumed('trace: the same below its publisher', {
      tracing: tracingOf({ share: 0.01, parent: true }),
      headers: { tenant: 'a', traceparent: TRACEPARENT },
    }),
    consumed('trace: consume, all sampled', { tracing: tracingOf({ share: 1 }) }),
  ];
}

function providerFor(share: number): NodeTracerProvider {
  return new NodeTracerProvider({
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) }),
    spanProcessors: [new NoopSpanProcessor()],
  });
}

interface Traced {
  /** The sampler's. */
  readonly share: number;
  readonly sampleRatio?: number;
  readonly parent?: boolean;
}

function tracingOf({ share, sampleRatio = 1, parent = false }: Traced): ThreadTracing {
  const telemetry = new Telemetry(api, providerFor(share).getTracer('micro'));
  const tracer = new MessageTracer(telemetry, { parent, sampleRatio, version: 'micro' });
  return new ThreadTracing(tracer, new WorkerSpanCells(new SpanCells(1).memory));
}

const consume = (): void => undefined;

const LOGGER = pino({ level: 'silent' });
const CALLER = { logger: LOGGER, plainLogger: LOGGER, work: undefined };

interface Consumed {
  readonly tracing?: ThreadTracing;
  readonly headers?: Readonly<Record<string, string>>;
}

function consumed(name: string, { tracing, headers }: Consumed): Measured {
  const observed = new ObservedConsume(SPEC, { thread: 0, context: new CleanContext(), tracing });
  const delivery = throughMemory(wireMessage({ properties: { messageId: 'm' }, ...(headers && { headers }) }));
  const begun = [{ claimId: { cell: 0, generation: 1 }, delivery }];
  return {
    name,
    messages: MESSAGES,
    run: () => {
      for (let left = MESSAGES; left > 0; left--) {
        observed.begin(() => begun);
        void observed.run(consume, () => [], CALLER);
        observed.end();
      }
    },
  };
}
