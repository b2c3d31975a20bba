export { type Decimal, type FieldTable, type FieldValue, MAX_DATE_SECONDS } from './fields/field-table.js';
export { isFieldTable, isReadableTable } from './fields/field-table-check.js';
export { decodeFieldTable, type FieldTableEntry, splitFieldTable } from './fields/field-table-decoder.js';
export { bytesOf, encodeFieldTable } from './fields/field-table-encoder.js';
export { findFieldText, findFieldValue } from './fields/field-text.js';
export { flawOf } from './fields/plain-value.js';
export { MessageMemory, Room, SEGMENT_BYTES, type Segment } from './messages/message-memory.js';
export { OutgoingMessage } from './messages/outgoing-message.js';
export type * from './messages/publish.js';
export { isSendable } from './messages/publish-check.js';
export { type MessageExtents, ReceivedMessage } from './messages/received-message.js';
export { decodeRoute, encodeRoute, isDefaultExchange, type Route, splitRoute } from './messages/route.js';
export { cutToBytes, SHORT_STRING_BYTES } from './messages/short-string.js';
export { WireWriter } from './messages/wire-writer.js';
export {
  findHeaders,
  findPropertyBytes,
  findPropertyText,
  isReadableList,
  type PropertyName,
} from './properties/property-finder.js';
export {
  decodePropertyList,
  hasHeaders,
  PROPERTY_FIELDS,
  type PropertyList,
  type WireProperties,
} from './properties/property-list.js';
export { MAX_PLAIN_LIST, TEXT_PROPERTIES, writePropertyList } from './properties/property-list-writer.js';
export { type Answer, encodeAnswers } from './wire/answer-frames.js';
export { encodePublishes, headerFrameBytes } from './wire/publish-frames.js';
export { Wire } from './wire/wire.js';
export { type ChannelSink, unexpectedConfirm, WireChannel } from './wire/wire-channel.js';
