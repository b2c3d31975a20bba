export { type Decimal, type FieldTable, type FieldValue, MAX_DATE_SECONDS } from './fields/field-table.js';
export { isFieldTable, isReadableTable } from './fields/field-table-check.js';
export { decodeFieldTable } from './fields/field-table-decoder.js';
export { bytesOf, encodeFieldTable } from './fields/field-table-encoder.js';
export {
  type FieldTableEntry,
  findFieldString,
  findFieldText,
  findFieldValue,
  splitFieldTable,
} from './fields/field-table-entries.js';
export { flawOf } from './fields/plain-value.js';
export { MessageMemory, SEGMENT_BYTES, Segment, type SharedSegment } from './messages/message-memory.js';
export { OutgoingMessage } from './messages/outgoing-message.js';
export type * from './messages/publish.js';
export { isSendable } from './messages/publish-check.js';
export { type MessageExtents, ReceivedMessage } from './messages/received-message.js';
export { decodeRoute, encodeRoute, isDefaultExchange, type Route, splitRoute } from './messages/route.js';
export { cutToBytes, SHORT_STRING_BYTES } from './messages/short-string.js';
export { WireWriter } from './messages/wire-writer.js';
export { MAX_PLAIN_LIST, PROPERTY_FIELDS, type PropertyName, TEXT_PROPERTIES } from './properties/property-fields.js';
export {
  decodePropertyList,
  findHeaders,
  findPropertyBytes,
  findPropertyText,
  hasHeaders,
  isReadableList,
  type PropertyList,
  type WireProperties,
} from './properties/property-list.js';
export { writePropertyList } from './properties/property-list-writer.js';
