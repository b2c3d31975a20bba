/**
 * Whether bytes are a field table that RabbitMQ can parse. It closes the whole connection over one that it cannot, and
 * with it everybody's publishes: what a worker encoded is looked at before it is sent.
 */

/** Deeper than our encoder nests; the walk is recursive. */
const MAX_DEPTH = 80;
/** Bytes behind the type tag of each value of a fixed size. */
const SIZES = { t: 1, b: 1, B: 1, s: 2, u: 2, I: 4, i: 4, f: 4, D: 5, l: 8, d: 8, T: 8, V: 0 };
const FIXED = new Map(Object.entries(SIZES).map(([tag, size]) => [tag.charCodeAt(0), size]));
const LONG_STRING = 'S'.charCodeAt(0);
const BYTES = 'x'.charCodeAt(0);
const TABLE = 'F'.charCodeAt(0);
const ARRAY = 'A'.charCodeAt(0);
const LENGTH_BYTES = 4;

/** True when the bytes are the content of a table (without its length prefix), to the last byte. */
export function isFieldTable(bytes: Uint8Array): boolean {
  if (bytes.length === 0) return true;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isTable(view, 0, bytes.length, 0);
}

function isTable(view: DataView, start: number, end: number, depth: number): boolean {
  let offset = start;
  while (offset < end) {
    offset = valueEnd(view, offset + 1 + view.getUint8(offset), end, depth);
    if (offset < 0) return false;
  }
  return true;
}

function isArray(view: DataView, start: number, end: number, depth: number): boolean {
  let offset = start;
  while (offset < end) {
    offset = valueEnd(view, offset, end, depth);
    if (offset < 0) return false;
  }
  return true;
}

/** Where a tagged value ends, or -1 when it does not end before `limit`. */
function valueEnd(view: DataView, tagAt: number, limit: number, depth: number): number {
  if (tagAt >= limit || depth > MAX_DEPTH) return -1;
  const tag = view.getUint8(tagAt);
  const fixed = FIXED.get(tag);
  if (fixed !== undefined) return within(tagAt + 1 + fixed, limit);
  const start = tagAt + 1 + LENGTH_BYTES;
  if (start > limit) return -1;
  const end = within(start + view.getUint32(tagAt + 1), limit);
  if (end < 0 || tag === LONG_STRING || tag === BYTES) return end;
  if (tag === TABLE && isTable(view, start, end, depth + 1)) return end;
  if (tag === ARRAY && isArray(view, start, end, depth + 1)) return end;
  return -1;
}

function within(end: number, limit: number): number {
  return end > limit ? -1 : end;
}
