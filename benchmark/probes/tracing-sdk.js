import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node';

/**
 * Loaded by `node --import` as docs/operations.md shows it: the OpenTelemetry SDK in every thread, with the share of traces
 * BENCHMARK_SAMPLED and the collector BENCHMARK_COLLECTOR.
 */

const { BENCHMARK_SAMPLED, BENCHMARK_COLLECTOR } = process.env;

new NodeTracerProvider({
  sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(Number(BENCHMARK_SAMPLED)) }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: BENCHMARK_COLLECTOR }))],
}).register();
