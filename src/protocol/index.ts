export { assertNever } from './assert-never.js';
export { type Claimable, type ClaimId, ClaimTable, WorkerClaims } from './claim-table.js';
export { DeliveryHeads, DeliveryReader, type IncomingDelivery } from './delivery-heads.js';
export { type ErrorData, fromErrorData, isErrorData, toErrorData } from './error-data.js';
export { type Decimal, type FieldTable, type FieldValue, MAX_DATE_SECONDS } from './field-table.js';
export { isFieldTable, isReadableTable } from './field-table-check.js';
export { decodeFieldTable, type FieldTableEntry, splitFieldTable } from './field-table-decoder.js';
export { bytesOf, encodeFieldTable } from './field-table-encoder.js';
export { findFieldText, findFieldValue } from './field-text.js';
export { isCommand, isFromWorker, type UncheckedBatch } from './from-worker-check.js';
export { BROKER_COUNTS, lastingHeaders } from './lasting-headers.js';
export { LogCredit } from './log-credit.js';
export { loggedError } from './logged-error.js';
export { identityOf, type MessageIdentity } from './message-identity.js';
export { MessageMemory, Room, SEGMENT_BYTES, type Segment } from './message-memory.js';
export { OutgoingMessage } from './outgoing-message.js';
export { flawOf } from './plain-value.js';
export type { MiddlewareProbe, ProbeReport, ProbeTask } from './probe-task.js';
export {
  findHeaders,
  findPropertyBytes,
  findPropertyText,
  isReadableList,
  type PropertyName,
} from './property-finder.js';
export {
  decodePropertyList,
  hasHeaders,
  PROPERTY_FIELDS,
  type PropertyList,
  type WireProperties,
} from './property-list.js';
export { TEXT_PROPERTIES } from './property-list-writer.js';
export {
  encodeOutgoing,
  type PackedPublish,
  PublishPacker,
  type PublishRequest,
  unpackPublishes,
} from './publish-batch.js';
export { isSendable } from './publish-check.js';
export { type MessageExtents, ReceivedMessage } from './received-message.js';
export { RECORD_HEADERS, RECORD_PREFIX } from './record-headers.js';
export { ANSWER, type AnswerCode, type AnswerName, FINISHED, REPORT_SIZE, type Report, reportOf } from './report.js';
export { decodeRoute, encodeRoute, isDefaultExchange, type Route, splitRoute } from './route.js';
export type * from './session-messages.js';
export { DELIVERY_SIZE, PUBLISH_WINDOW } from './session-messages.js';
export type { SessionTask, WorkerLogging } from './session-task.js';
export { cutToBytes, SHORT_STRING_BYTES } from './short-string.js';
export type * from './slot-spec.js';
export { describeUndone, isStartStep, type StartStep, startStep, whyUndone } from './start-step.js';
export { boundedErrors } from './validation-errors.js';
export { type HeapFigures, Vitals } from './vitals.js';
