// For src/dispatcher and src/pool, until they import it from where it is.
export {
  cutToBytes,
  decodePropertyList,
  decodeRoute,
  encodeFieldTable,
  findFieldText,
  findHeaders,
  findPropertyText,
  isSendable,
  MessageMemory,
  OutgoingMessage,
  type PropertyList,
  type Publish,
  ReceivedMessage,
  SHORT_STRING_BYTES,
} from '../amqp/index.js';
export { assertNever } from './assert-never.js';
export { type Claimable, type ClaimId, ClaimTable, WorkerClaims } from './claim-table.js';
export { DeliveryHeads, DeliveryReader, type IncomingDelivery } from './delivery-heads.js';
export { type ErrorData, fromErrorData, isErrorData, toErrorData } from './error-data.js';
export { isCommand, isFromWorker, type UncheckedBatch } from './from-worker-check.js';
export { BROKER_COUNTS, lastingHeaders } from './lasting-headers.js';
export { LogCredit } from './log-credit.js';
export { loggedError } from './logged-error.js';
export { identityOf, type MessageIdentity } from './message-identity.js';
export type { MiddlewareProbe, ProbeReport, ProbeTask } from './probe-task.js';
export {
  encodeOutgoing,
  type PackedPublish,
  PublishPacker,
  type PublishRequest,
  unpackPublishes,
} from './publish-batch.js';
export { RECORD_HEADERS, RECORD_PREFIX } from './record-headers.js';
export { ANSWER, type AnswerCode, type AnswerName, FINISHED, REPORT_SIZE, type Report, reportOf } from './report.js';
export type * from './session-messages.js';
export { DELIVERY_SIZE, PUBLISH_WINDOW } from './session-messages.js';
export type { SessionTask, WorkerLogging } from './session-task.js';
export type * from './slot-spec.js';
export { describeUndone, isStartStep, type StartStep, startStep, whyUndone } from './start-step.js';
export { boundedErrors } from './validation-errors.js';
export { type HeapFigures, Vitals } from './vitals.js';
