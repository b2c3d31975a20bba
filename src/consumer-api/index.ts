export { DispatcherError, ERROR_CODES, type ErrorCode } from '../errors/index.js';
export type {
  AbortCode,
  AbortReason,
  Amqp,
  Body,
  DeliverySignal,
  PublishOptions,
  RequeueOptions,
} from './amqp.js';
export type { BatchAmqp, BatchConsumer, BatchConsumerClass } from './batch.js';
export type {
  Consumer,
  ConsumerClass,
  ConsumerContext,
  Options,
  OptionsSchema,
  Resources,
  ShutdownHandler,
  StartupContext,
  StartupHandler,
} from './consumer.js';
export type { Decimal, DeliveryInfo, Headers, HeaderValue, Message, Properties } from './message.js';
export type {
  ConsumerMetrics,
  Counter,
  Gauge,
  GaugeOptions,
  Histogram,
  HistogramOptions,
  MetricLabels,
  MetricOptions,
} from './metrics.js';
export type { Handler, Middleware } from './middleware.js';
export { Reject, Retry, type RetryOptions } from './retry-and-reject.cjs';
