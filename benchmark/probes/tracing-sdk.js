import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

/**
 * Loaded by `node --import` as docs/operations.md shows it: the OpenTelemetry SDK in every thread, with the
 * collector BENCHMARK_COLLECTOR.
 */

const { BENCHMARK_COLLECTOR } = process.env;

new NodeTracerProvider({
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: BENCHMARK_COLLECTOR }))],
}).register();
