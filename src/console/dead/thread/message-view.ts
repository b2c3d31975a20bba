import { isUtf8 } from 'node:buffer';
import { type DeadMessage, detailsOf, type SnapshotEntry } from '../../../dead/index.js';
import type { DeadMessageView, JsonValue } from '../dead-api.js';
import { masked } from './masked.js';
import { messageRow } from './message-rows.js';

const MOST_TEXT_BYTES = 64 * 1024;
/** Two digits per byte. */
const MOST_HEX_BYTES = MOST_TEXT_BYTES / 2;

/** A whole message for the page: secrets masked, at most 64 KiB of the body. */
export function messageView(message: DeadMessage, entry: SnapshotEntry): DeadMessageView {
  const details = detailsOf(message);
  const { firstSeen, exchange, routingKey, host, stack, validationErrors, properties, headers } = details;
  return {
    ...messageRow(entry),
    // Whole, unlike in a row.
    id: details.id,
    error: details.errorType ?? null,
    cause: details.cause ?? null,
    firstSeen: firstSeen ?? null,
    exchange: exchange ?? null,
    routingKey: routingKey ?? null,
    host: host ?? null,
    stack: stack ?? null,
    validationErrors: validationErrors ?? [],
    properties: tableOf(masked(properties)),
    headers: headers === undefined ? null : masked(headers),
    ...bodyView(message.taken.body),
  };
}

function bodyView(body: Buffer): Pick<DeadMessageView, 'body' | 'bodyEncoding' | 'shownBytes'> {
  if (isUtf8(body)) {
    // A stream leaves out the character that the cut splits.
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(body.subarray(0, MOST_TEXT_BYTES), {
      stream: true,
    });
    return { body: text, bodyEncoding: 'utf8', shownBytes: Buffer.byteLength(text) };
  }
  const shown = body.subarray(0, MOST_HEX_BYTES);
  return { body: shown.toString('hex'), bodyEncoding: 'hex', shownBytes: shown.length };
}

function tableOf(value: JsonValue): DeadMessageView['properties'] {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}
