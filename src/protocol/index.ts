export { assertNever } from './assert-never.js';
export { ClaimTable, type Ticket, WorkerClaims } from './claim-table.js';
export { type IncomingDelivery, type OutgoingDelivery, packDeliveries, unpackDeliveries } from './delivery-batch.js';
export { type ErrorData, fromErrorData, toErrorData } from './error-data.js';
export { type Decimal, decodeFieldTable, encodeFieldTable, type FieldTable, type FieldValue } from './field-table.js';
export type { ReceivedMessage, WireProperties } from './received-message.js';
export { ANSWER, type AnswerCode, type AnswerName, answerOf, FINISHED, isFinished, REPORT_SIZE } from './report.js';
export type * from './session-messages.js';
