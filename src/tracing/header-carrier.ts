import type { TextMapGetter } from '@opentelemetry/api';
import { encodeFieldTable, findFieldString, findHeaders, hasHeaders, splitFieldTable } from '../amqp/index.js';
import type { Telemetry } from './telemetry.js';

/** W3C allows 8192 bytes of baggage and less of the others; anybody may publish more. */
const LONGEST_FIELD = 8192;

/** Reads fields from an encoded header table, and passes over what is no text or too long. */
const GETTER: TextMapGetter<Uint8Array> = {
  get(table, name) {
    return findFieldString(table, name, LONGEST_FIELD);
  },
  keys(table) {
    try {
      return splitFieldTable(table).map(({ name }) => name);
    } catch {
      return [];
    }
  },
};

const BAGGAGE = Buffer.from('baggage');

/** The context that the publisher put into the headers. Never throws. */
export function contextOf(
  telemetry: Telemetry,
  properties: Uint8Array,
): ReturnType<typeof telemetry.api.context.active> {
  const { api, root } = telemetry;
  try {
    if (!mayHaveContext(telemetry, properties)) return root;
    const table = findHeaders(properties);
    return table === undefined ? root : api.propagation.extract(root, table, GETTER);
  } catch {
    return root;
  }
}

/** True if the headers may have any of it. Headers without trace are common, and looking for the names is cheap. */
export function mayHaveContext({ fieldNames }: Telemetry, properties: Uint8Array): boolean {
  return hasHeaders(properties) && fieldNames.some((name) => mayHold(properties, name));
}

/** True if the headers may have baggage, which goes on whether the trace is sampled or not. */
export function mayHaveBaggage(properties: Uint8Array): boolean {
  return hasHeaders(properties) && mayHold(properties, BAGGAGE);
}

/** True if the bytes have this name behind its length, as in a field table. A loop: a view of them costs more. */
function mayHold(bytes: Uint8Array, name: Uint8Array): boolean {
  const { length } = name;
  const [first] = name;
  const last = bytes.length - length;
  for (let at = 1; at <= last; at++) {
    if (bytes[at] !== first || bytes[at - 1] !== length) continue;
    let index = 1;
    while (index < length && bytes[at + index] === name[index]) index++;
    if (index === length) return true;
  }
  return false;
}

/** Adds the context to an encoded header table, unless it has one: then the user's stays whole. */
export function withContext(
  { api, fields }: Telemetry,
  table: Uint8Array,
  context: ReturnType<typeof api.context.active>,
): Uint8Array {
  if (fields.some((name) => includes(table, name)) && GETTER.keys(table).some((name) => fields.includes(name))) {
    return table;
  }
  const injected: Record<string, string> = {};
  api.propagation.inject(context, injected);
  const added = encodeFieldTable(injected);
  return added.length === 0 ? table : Buffer.concat([table, added]);
}

function includes(bytes: Uint8Array, name: string): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(name);
}
