import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

/**
 * Loaded by `node --import` as docs/operations.md shows it: the OpenTelemetry SDK in every thread, with the
 * collector BENCHMARK_COLLECTOR.
 *
 * The exporter is warmed up here: at one span in a hundred messages, V8 would still be compiling it when the round ends.
 * The first 512 spans cost 50 to 110 µs each, later ones less than 10.
 */

const WARM_UP_BATCHES = 20;
/** The default of BatchSpanProcessor. */
const SPANS_PER_BATCH = 512;

const { BENCHMARK_COLLECTOR } = process.env;

const provider = new NodeTracerProvider({
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: BENCHMARK_COLLECTOR }))],
});
provider.register();

const tracer = provider.getTracer('warm-up');
for (let batch = 0; batch < WARM_UP_BATCHES; batch++) {
  for (let span = 0; span < SPANS_PER_BATCH; span++) {
    tracer.startSpan('warm-up', { attributes: { batch, span, text: 'the exporter converts each attribute' } }).end();
  }
  await provider.forceFlush();
}
