import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  decodeFieldTable,
  encodeFieldTable,
  type FieldTable,
  type FieldValue,
  splitFieldTable,
} from '../../../src/amqp/index.js';

const LOWEST = -(2n ** 63n);
const HIGHEST = 2n ** 63n - 1n;

const name = fc.oneof(
  { weight: 8, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', '', 'toString') },
);
const decimal = fc.tuple(fc.nat(255), fc.integer()).map(([places, digits]): FieldValue => {
  return { '!': 'decimal', value: { places, digits } };
});
const { table } = fc.letrec<{ value: FieldValue; table: FieldTable }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'grapheme' }),
    fc.maxSafeInteger(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
    fc.bigInt({ min: LOWEST, max: HIGHEST }).filter((big) => !Number.isSafeInteger(Number(big))),
    fc.boolean(),
    fc.constant(null),
    fc.nat(4_000_000_000).map((seconds) => new Date(seconds * 1000)),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    decimal,
    fc.array(tie('value'), { maxLength: 4 }),
    tie('table'),
  ),
  // fromEntries, unlike an assignment, makes __proto__ a key like any other.
  table: fc.array(fc.tuple(name, tie('value')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
}));

function nested(depth: number): FieldTable {
  let inner: FieldTable = {};
  for (let level = 0; level < depth; level++) inner = { inner };
  return inner;
}

/** A table of one timestamp. */
function stamp(seconds: bigint): Buffer {
  const bytes = Buffer.from('\x01aT        ', 'latin1');
  bytes.writeBigInt64BE(seconds, 3);
  return bytes;
}

function roundTrip(value: FieldTable): FieldTable {
  return decodeFieldTable(encodeFieldTable(value));
}

describe('a field table', () => {
  test('round-trips, whatever it holds', () => {
    fc.assert(
      fc.property(table, (given) => assert.deepEqual(roundTrip(given), given)),
      { numRuns: 500 },
    );
  });

  test('keeps the limits of 64 bits exact', () => {
    const edges = { lowest: LOWEST, highest: HIGHEST, above: 2n ** 53n, below: -(2n ** 53n) };
    assert.deepEqual(roundTrip(edges), edges);
  });

  test('turns a bigint that fits into a number into that number', () => {
    assert.deepEqual(roundTrip({ small: 7n, most: BigInt(Number.MAX_SAFE_INTEGER) }), {
      small: 7,
      most: Number.MAX_SAFE_INTEGER,
    });
  });

  test('keeps __proto__ as an own key and changes no prototype', () => {
    const decoded = roundTrip(Object.fromEntries([['__proto__', { polluted: true }]]));
    assert.deepEqual(Object.keys(decoded), ['__proto__']);
    assert.equal(Object.getPrototypeOf(decoded), Object.prototype);
    assert.equal('polluted' in {}, false);
  });

  test('leaves out undefined values and cuts dates to whole seconds', () => {
    assert.deepEqual(roundTrip({ nothing: undefined, at: new Date(1_999) }), { at: new Date(1_000) });
  });

  test('is written in the encoding of RabbitMQ', () => {
    assert.deepEqual(encodeFieldTable({ a: 1 }), Buffer.from([1, 0x61, 0x49, 0, 0, 0, 1]));
    assert.deepEqual(encodeFieldTable({ t: 'é' }), Buffer.from([1, 0x74, 0x53, 0, 0, 0, 2, 0xc3, 0xa9]));
  });

  test('reads the types that only other clients write', () => {
    const bytes = Buffer.concat([
      Buffer.of(1, 0x61, 0x62, 0xff),
      Buffer.of(1, 0x62, 0x42, 0xff),
      Buffer.of(1, 0x63, 0x73, 0xff, 0xfe),
      Buffer.of(1, 0x64, 0x75, 0xff, 0xfe),
      Buffer.of(1, 0x65, 0x69, 0xff, 0xff, 0xff, 0xff),
      Buffer.of(1, 0x66, 0x66, 0x3f, 0x80, 0, 0),
    ]);
    assert.deepEqual(decodeFieldTable(bytes), { a: -1, b: 255, c: -2, d: 65534, e: 4294967295, f: 1 });
  });

  test('reads type L as a signed integer, as py-amqp and pika send it', () => {
    const bytes = Buffer.concat([
      Buffer.from('\x01aL\xff\xff\xff\xff\xff\xff\xff\xfe', 'latin1'),
      encodeFieldTable({ b: 1 }),
    ]);
    assert.deepEqual(decodeFieldTable(bytes), { a: -2, b: 1 });
    const large = Buffer.from('\x01aL\x7f\xff\xff\xff\xff\xff\xff\xff', 'latin1');
    assert.deepEqual(decodeFieldTable(large), { a: HIGHEST });
  });

  test('reads a negative decimal, as Java and Go write it', () => {
    const bytes = Buffer.from('\x01aD\x02\xff\xff\xff\x85', 'latin1');
    const price = { a: { '!': 'decimal', value: { places: 2, digits: -123 } } };
    assert.deepEqual(decodeFieldTable(bytes), price);
    assert.deepEqual(encodeFieldTable(price), bytes);
  });

  test('reads a timestamp outside the Date range or before 1970 as seconds, which can be published again', () => {
    for (const [seconds, value] of [
      [8_640_000_000_000n, new Date(8.64e15)],
      [8_640_000_000_001n, 8_640_000_000_001],
      [HIGHEST, HIGHEST],
      [-1n, -1],
    ] as const) {
      const decoded = decodeFieldTable(stamp(seconds));
      assert.deepEqual(decoded, { a: value });
      assert.deepEqual(roundTrip(decoded), decoded);
    }
  });

  test('keeps text that is not UTF-8 as bytes, and text with the replacement character as text', () => {
    const bytes = Buffer.from('\x01aS\0\0\0\x02\xff\xfe', 'latin1');
    assert.deepEqual(decodeFieldTable(bytes), { a: Buffer.of(0xff, 0xfe) });
    assert.deepEqual(roundTrip({ a: 'a\ufffdb' }), { a: 'a\ufffdb' });
  });

  test('encodes buffers, views and typed arrays as bytes', () => {
    const bytes = new Uint8Array([1, 2, 3, 4]);
    const given = {
      view: new DataView(bytes.buffer, 1, 2),
      buffer: bytes.buffer,
      words: new Uint16Array(bytes.buffer, 2, 1),
    };
    assert.deepEqual(decodeFieldTable(encodeFieldTable(given)), {
      view: Buffer.of(2, 3),
      buffer: Buffer.of(1, 2, 3, 4),
      words: Buffer.of(3, 4),
    });
  });

  test('rejects a table that contains itself twice without walking it forever', () => {
    const ring: Record<string, unknown> = {};
    for (const key of ['a', 'b', 'c']) ring[key] = ring;
    assert.throws(() => encodeFieldTable(ring), { message: 'headers.a contains itself' });
    const shared = { n: 1 };
    assert.deepEqual(decodeFieldTable(encodeFieldTable({ a: shared, b: shared })), { a: shared, b: shared });
  });

  test('copies byte arrays out of the buffer that it reads', () => {
    const bytes = encodeFieldTable({ raw: Buffer.from('abc') });
    const { raw } = decodeFieldTable(bytes);
    bytes.fill(0);
    assert.deepEqual(raw, Buffer.from('abc'));
  });
});

describe('a table that AMQP cannot carry', () => {
  test('is refused with its depth when it is nested too deep', () => {
    assert.doesNotThrow(() => encodeFieldTable(nested(256)));
    assert.throws(() => encodeFieldTable(nested(257)), { name: 'TypeError', message: /nested deeper than 256 levels/ });
  });

  test('is refused when it contains itself, as a table or as an array', () => {
    const ring: Record<string, unknown> = {};
    ring.again = ring;
    const loop: unknown[] = [];
    loop.push(loop);
    const sentence = { name: 'TypeError', message: /contains itself$/ };
    assert.throws(() => encodeFieldTable(ring), sentence);
    assert.throws(() => encodeFieldTable({ loop }), sentence);
  });

  test('is refused when a name is longer than 255 bytes, counted in UTF-8', () => {
    assert.doesNotThrow(() => encodeFieldTable({ ['n'.repeat(255)]: 1 }));
    assert.throws(() => encodeFieldTable({ ['é'.repeat(128)]: 1 }), { name: 'TypeError', message: /256 bytes/ });
  });

  test('is refused with the path of the value', () => {
    const cases: readonly (readonly [object, RegExp])[] = [
      [{ a: { b: () => 1 } }, /^headers\.a\.b is a function/],
      [{ a: [1, Symbol('s')] }, /^headers\.a\[1\] is a symbol/],
      [{ a: [undefined] }, /^headers\.a\[0\] is a undefined/],
      [{ a: 2n ** 63n }, /^headers\.a is 9223372036854775808, which does not fit into 64 bits/],
      [{ a: -(2n ** 63n) - 1n }, /does not fit into 64 bits/],
      [{ a: new Date(-1) }, /^headers\.a is not a date/],
      [{ a: new Date(Number.NaN) }, /^headers\.a is not a date/],
      [{ took_ms: Number.NaN }, /^headers\.took_ms is NaN, which AMQP headers cannot carry/],
      [{ items: [1, 2, { price: Number.POSITIVE_INFINITY }] }, /^headers\.items\[2\]\.price is Infinity/],
      [{ a: [-Infinity] }, /^headers\.a\[0\] is -Infinity/],
      [{ a: { b: Promise.resolve(1) } }, /^headers\.a\.b is a Promise \(await it first\)/],
      [{ a: new Map([[1, 2]]) }, /^headers\.a is a Map \(use Object\.fromEntries\(map\)\)/],
      [{ a: [new Set([1])] }, /^headers\.a\[0\] is a Set \(use \[\.\.\.set\]\)/],
      [{ a: new Blob(['x']) }, /^headers\.a is a Blob \(use Buffer\.from/],
    ];
    for (const [given, message] of cases) {
      assert.throws(() => encodeFieldTable(given), { name: 'TypeError', message });
    }
  });

  test('is refused with the path of an invalid decimal', () => {
    for (const value of [null, { places: 256, digits: 1 }, { places: 0, digits: 2 ** 31 }, { places: 0 }]) {
      assert.throws(() => encodeFieldTable({ price: { '!': 'decimal', value } }), {
        name: 'TypeError',
        message: /^headers\.price/,
      });
    }
  });
});

describe('bytes that are not a field table', () => {
  test('throw a RangeError wherever a value is truncated', () => {
    fc.assert(
      fc.property(table, fc.nat(), (given, at) => {
        const bytes = encodeFieldTable({ last: given });
        const cut = bytes.subarray(0, at % bytes.length);
        if (cut.length === 0) return;
        assert.throws(() => decodeFieldTable(cut), { name: 'RangeError', message: /ends in the middle of a value/ });
      }),
    );
  });

  test('are refused with the unknown type tag', () => {
    assert.throws(() => decodeFieldTable(Buffer.from([1, 0x61, 0x5a])), { name: 'TypeError', message: /tag "Z"/ });
  });

  test('are refused when nested deeper than the encoder writes', () => {
    let inner = Buffer.alloc(0);
    for (let level = 0; level < 257; level++) {
      const head = Buffer.from('\x01aF\0\0\0\0', 'latin1');
      head.writeUInt32BE(inner.length, 3);
      inner = Buffer.concat([head, inner]);
    }
    assert.throws(() => decodeFieldTable(inner), { name: 'RangeError', message: /nested deeper than 256 levels/ });
    assert.equal(splitFieldTable(inner).length, 1);
    assert.doesNotThrow(() => decodeFieldTable(inner.subarray(7)));
  });

  test('are refused when a value ends behind its list', () => {
    const bytes = Buffer.concat([Buffer.from('\x01aA\0\0\0\x02I\0', 'latin1'), encodeFieldTable({ b: 'more bytes' })]);
    assert.throws(() => decodeFieldTable(bytes), { name: 'RangeError', message: /ends in the middle of a value/ });
  });

  test('split into entries join to the same bytes', () => {
    fc.assert(
      fc.property(table, (value) => {
        const bytes = encodeFieldTable(value);
        const entries = splitFieldTable(bytes);
        assert.deepEqual(
          entries.map((entry) => entry.name),
          Object.keys(value).filter((key) => value[key] !== undefined),
        );
        assert.deepEqual(Buffer.concat(entries.map((entry) => entry.bytes)), bytes);
      }),
    );
  });
});
