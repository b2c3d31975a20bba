import { isUtf8 } from 'node:buffer';
import { splitFieldTable } from '../../amqp/index.js';
import { isJsonList, isJsonObject, type JsonObject, type JsonValue } from './json-value.js';
import { scalarBytes, scalarOf, TYPES_BY_TAG } from './scalar-types.js';

/**
 * Headers as JSON, without a loss. Plain JSON stands for the types that a reader expects: text (`S`), a whole number of
 * 32 bits (`I`), a fraction (`d`), booleans, null, lists and tables. Any other value is an object that names its AMQP
 * type: `{ "amqp": "int64", "value": "9007199254740993" }`. What even that cannot hold is its bytes:
 * `{ "amqp": "raw", "value": "<base64 of tag and value>" }`.
 */

const TYPE_KEY = 'amqp';
const LENGTH_BYTES = 4;
/** A table whose names JSON would merge, reorder or misread: `[[name, value], …]`; a name that is not UTF-8 is `{ "base64": … }`. */
const PAIRS = 'table';

type Pair = readonly [name: string | Uint8Array, value: JsonValue];

/** @throws RangeError when the table cannot be split */
export function headersToJson(table: Uint8Array): JsonObject {
  return tableToJson(table);
}

/** @throws TypeError when it is not what `headersToJson` writes */
export function headersFromJson(json: JsonObject): Buffer {
  if (TYPE_KEY in json) return pairsFromJson(json);
  return tableFromJson(Object.entries(json));
}

function tableToJson(table: Uint8Array): JsonObject {
  const entries = splitFieldTable(table).map(({ bytes, name, value }) => ({
    name,
    nameBytes: Buffer.from(bytes.subarray(1, bytes.length - value.length)),
    json: valueToJson(value),
  }));
  const plain: JsonObject = Object.fromEntries(entries.map(({ name, json }) => [name, json]));
  const isPlain = !(TYPE_KEY in plain) && Buffer.compare(tableFromJson(Object.entries(plain)), table) === 0;
  if (isPlain) return plain;
  const pairs = entries.map(({ name, nameBytes, json }): JsonValue[] => [
    isUtf8(nameBytes) ? name : { base64: nameBytes.toString('base64') },
    json,
  ]);
  return { [TYPE_KEY]: PAIRS, value: pairs };
}

/** The JSON of a value, or its bytes where the JSON would not become the same bytes again. */
function valueToJson(value: Uint8Array): JsonValue {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const raw = { [TYPE_KEY]: 'raw', value: bytes.toString('base64') };
  try {
    const json = readableJson(bytes);
    return valueFromJson(json).equals(bytes) ? json : raw;
  } catch {
    return raw;
  }
}

function readableJson(bytes: Buffer): JsonValue {
  const tag = bytes.toString('latin1', 0, 1);
  const content = bytes.subarray(1);
  switch (tag) {
    case 'S': {
      const text = content.subarray(LENGTH_BYTES);
      return isUtf8(text) ? text.toString() : { [TYPE_KEY]: 'text', value: text.toString('base64') };
    }
    case 'x':
      return { [TYPE_KEY]: 'bytes', value: content.toString('base64', LENGTH_BYTES) };
    case 'I':
      return content.readInt32BE();
    case 'd': {
      const number = inJson(content.readDoubleBE());
      return Number.isInteger(number) ? { [TYPE_KEY]: 'double', value: number } : number;
    }
    case 't':
      return content.readUInt8() !== 0;
    case 'V':
      return null;
    case 'D':
      return { [TYPE_KEY]: 'decimal', value: { places: content.readUInt8(), digits: content.readInt32BE(1) } };
    case 'F':
      return tableToJson(content.subarray(LENGTH_BYTES));
    case 'A':
      return listToJson(content.subarray(LENGTH_BYTES));
    default: {
      const type = TYPES_BY_TAG.get(tag) ?? '';
      return { [TYPE_KEY]: type, value: inJson(scalarOf(type).read(content)) };
    }
  }
}

/** @throws RangeError for a number that JSON writes as another value: -0, infinity, not a number */
function inJson<Value extends string | number>(value: Value): Value {
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
    throw new RangeError(`JSON has no ${value}`);
  }
  return value;
}

/** A list is a table without names: each value gets an empty one to be split by. */
function listToJson(list: Buffer): JsonValue {
  const values: JsonValue[] = [];
  for (let rest = list; rest.length > 0; ) {
    const [first] = firstValue(rest);
    values.push(valueToJson(first));
    rest = rest.subarray(first.length);
  }
  return values;
}

function firstValue(list: Buffer): [value: Buffer] {
  const tag = list.toString('latin1', 0, 1);
  const type = TYPES_BY_TAG.get(tag);
  if (type !== undefined) return [list.subarray(0, 1 + scalarOf(type).bytes)];
  if (tag === 't') return [list.subarray(0, 2)];
  if (tag === 'V') return [list.subarray(0, 1)];
  if (tag === 'D') return [list.subarray(0, 6)];
  return [list.subarray(0, 1 + LENGTH_BYTES + list.readUInt32BE(1))];
}

function tableFromJson(pairs: readonly Pair[]): Buffer {
  const parts = pairs.flatMap(([name, value]) => {
    const bytes = Buffer.from(name);
    if (bytes.length > 255) throw new TypeError(`a header's name has ${bytes.length} bytes (AMQP allows 255)`);
    return [Buffer.of(bytes.length), bytes, valueFromJson(value)];
  });
  return Buffer.concat(parts);
}

function pairsFromJson({ value }: JsonObject): Buffer {
  if (!isJsonList(value)) throw new TypeError('a table is a list of pairs');
  return tableFromJson(
    value.map((pair): Pair => {
      const [name, inner] = isJsonList(pair) ? pair : [];
      if (inner === undefined) throw new TypeError('a table is a list of pairs');
      return [nameFromJson(name), inner];
    }),
  );
}

function nameFromJson(name: JsonValue | undefined): string | Uint8Array {
  if (typeof name === 'string') return name;
  const base64 = isJsonObject(name) ? name['base64'] : undefined;
  if (typeof base64 !== 'string') throw new TypeError("a header's name is a text, or bytes in base64");
  return Buffer.from(base64, 'base64');
}

function valueFromJson(json: JsonValue): Buffer {
  if (typeof json === 'string') return sized('S', Buffer.from(json));
  if (typeof json === 'boolean') return Buffer.from([0x74, json ? 1 : 0]);
  if (json === null) return Buffer.from('V');
  if (typeof json === 'number') return scalarBytes(Number.isInteger(json) ? 'int32' : 'double', json);
  if (isJsonList(json)) return sized('A', Buffer.concat(json.map(valueFromJson)));
  if (!isJsonObject(json)) throw new TypeError('not a header');
  const { [TYPE_KEY]: type, value } = json;
  if (type === undefined) return sized('F', tableFromJson(Object.entries(json)));
  if (type === PAIRS) return sized('F', pairsFromJson(json));
  if (type === 'decimal') return decimalBytes(value);
  if (typeof type !== 'string' || (typeof value !== 'string' && typeof value !== 'number')) {
    throw new TypeError(`${JSON.stringify(json)} names no AMQP type`);
  }
  if (type === 'raw') return Buffer.from(String(value), 'base64');
  if (type === 'bytes') return sized('x', Buffer.from(String(value), 'base64'));
  if (type === 'text') return sized('S', Buffer.from(String(value), 'base64'));
  return scalarBytes(type, value);
}

function decimalBytes(value: JsonValue | undefined): Buffer {
  const { places, digits } = isJsonObject(value) ? value : {};
  if (typeof places !== 'number' || typeof digits !== 'number') throw new TypeError('a decimal has places and digits');
  const encoded = Buffer.alloc(6);
  encoded.write('D', 'latin1');
  encoded.writeUInt8(places, 1);
  encoded.writeInt32BE(digits, 2);
  return encoded;
}

function sized(tag: string, content: Buffer): Buffer {
  const head = Buffer.alloc(1 + LENGTH_BYTES);
  head.write(tag, 'latin1');
  head.writeUInt32BE(content.length, 1);
  return Buffer.concat([head, content]);
}
