export { assertNever } from './assert-never.js';
export { type Claimable, type ClaimId, ClaimTable, WorkerClaims } from './delivery/claim-table.js';
export { DeliveryHeads, DeliveryReader, type IncomingDelivery } from './delivery/delivery-heads.js';
export { identityOf, type MessageIdentity } from './delivery/message-identity.js';
export { SpanCells, type SpanIds, type ThreadSpan, WorkerSpanCells } from './delivery/span-cells.js';
export { type ErrorData, fromErrorData, isErrorData, toErrorData } from './errors/error-data.js';
export { cost, LogCredit } from './errors/log-credit.js';
export { loggedError } from './errors/logged-error.js';
export { boundedErrors } from './errors/validation-errors.js';
export { BROKER_COUNTS, lastingHeaders } from './headers/lasting-headers.js';
export { RECORD_HEADERS, RECORD_PREFIX } from './headers/record-headers.js';
export { isCommand, isFromWorker, type UncheckedBatch } from './messages/from-worker-check.js';
export {
  type LineForm,
  LOG_LEVEL_FORMATS,
  LOG_TIMES,
  type LogLevelFormat,
  type LogTime,
} from './messages/line-form.js';
export {
  areBounds,
  areMetricChanges,
  areMetricLabels,
  isMetricName,
  LONGEST_LABEL,
  type MetricChange,
  MOST_METRICS,
  MOST_SERIES,
  type SeriesChange,
} from './messages/metric-changes.js';
export type { ConsumerProbe, MiddlewareProbe, OptionFault, ProbeReport, ProbeTask } from './messages/probe-task.js';
export {
  encodeOutgoing,
  type PackedPublish,
  PublishPacker,
  type PublishRequest,
  unpackPublishes,
} from './messages/publish-batch.js';
export { isRecord } from './messages/record.js';
export {
  ANSWER,
  type AnswerCode,
  type AnswerName,
  FINISHED,
  REPORT_SIZE,
  type Report,
  reportOf,
} from './messages/report.js';
export type * from './messages/session-messages.js';
export { DELIVERY_SIZE, PUBLISH_WINDOW } from './messages/session-messages.js';
export type { SessionTask, ThreadData, TracingPlan, TracingTask, WorkerLogging } from './messages/session-task.js';
export type * from './messages/slot-spec.js';
export { describeUndone, isStartStep, type StartStep, startStep, whyUndone } from './messages/start-step.js';
export { type HeapFigures, Vitals } from './messages/vitals.js';
