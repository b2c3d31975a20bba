import type { TextMapGetter } from '@opentelemetry/api';
import { encodeFieldTable, findFieldValue, findHeaders, splitFieldTable } from '../amqp/index.js';
import type { Telemetry } from './telemetry.js';

/** W3C allows 8192 bytes of baggage and less of the others; anybody may publish more. */
const LONGEST_FIELD = 8192;

/** Reads fields from an encoded header table, and passes over what is no text or too long. */
const GETTER: TextMapGetter<Uint8Array> = {
  get(table, name) {
    const value = findFieldValue(table, name);
    return typeof value === 'string' && value.length <= LONGEST_FIELD ? value : undefined;
  },
  keys(table) {
    try {
      return splitFieldTable(table).map(({ name }) => name);
    } catch {
      return [];
    }
  },
};

/** The context that the publisher put into the headers. Never throws. */
export function contextOf({ api, fields }: Telemetry, properties: Uint8Array): ReturnType<typeof api.context.active> {
  const { ROOT_CONTEXT, propagation } = api;
  try {
    // Headers without trace are common, and looking for the names is cheap.
    const table = findHeaders(properties);
    if (table === undefined || !fields.some((name) => table.includes(name))) return ROOT_CONTEXT;
    return propagation.extract(ROOT_CONTEXT, table, GETTER);
  } catch {
    return ROOT_CONTEXT;
  }
}

/** True if the headers may have baggage, which goes on whether the trace is sampled or not. */
export function mayHaveBaggage(properties: Uint8Array): boolean {
  try {
    return findHeaders(properties)?.includes('baggage') === true;
  } catch {
    return false;
  }
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
