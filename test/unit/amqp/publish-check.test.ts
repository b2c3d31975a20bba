import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { encodeFieldTable, isSendable, OutgoingMessage } from '../../../src/amqp/index.js';
import { encodeOutgoing } from '../../../src/bridge/index.js';
import { encodePublish } from '../../../workers/publish/publish-encoder.js';

const ROUTE = Buffer.from('\x01e\x02kk');
const MODE = 2;

/** A message of these bytes, without a body, which the check never reads. */
function message(route: Uint8Array, list: Uint8Array, behind = Buffer.from('behind')): OutgoingMessage {
  const memory = Buffer.concat([Buffer.from('before'), route, list, behind]);
  const routeAt = 'before'.length;
  const propertiesAt = routeAt + route.length;
  const end = propertiesAt + list.length;
  return new OutgoingMessage({ memory, routeAt, propertiesAt, bodyAt: end, end, mandatory: false });
}

function listOf(flags: number, ...bytes: readonly number[]): Buffer {
  return Buffer.of(flags >> 8, flags & 0xff, ...bytes);
}

describe('the check of a publish', () => {
  test("accepts everything that the worker's encoder and packer make", () => {
    const options = {
      persistent: false,
      mandatory: true,
      contentType: 'text/plain',
      contentEncoding: 'utf-8',
      correlationId: 'c',
      replyTo: 'r',
      messageId: 'é'.repeat(127),
      type: 't',
      userId: 'u',
      appId: 'a',
      priority: 255,
      expiration: 1_000,
      timestamp: new Date(8.64e15),
    };
    assert.ok(isSendable(encodeOutgoing(encodePublish('', 'q', {}, 'text'))));
    const full = encodePublish('é'.repeat(127), 'x'.repeat(255), { n: { deep: [1n, null] } }, {}, options);
    assert.ok(isSendable(encodeOutgoing(full)));
  });

  for (const [what, route] of Object.entries({
    'without a routing key': '\x01e',
    'with bytes behind the routing key': '\x01e\x01k!',
    'whose routing key is cut off': '\x01e\x03kk',
    'whose exchange is cut off': '\x09e\x01k',
    'that is empty': '',
  })) {
    test(`refuses a route ${what}`, () => {
      assert.ok(isSendable(message(ROUTE, listOf(0))));
      assert.equal(isSendable(message(Buffer.from(route), listOf(0))), false);
    });
  }

  test('refuses names that are not UTF-8', () => {
    assert.equal(isSendable(message(Buffer.of(1, 0xff, 0), listOf(0))), false);
    assert.equal(isSendable(message(Buffer.of(0, 2, 0xc3, 0x28), listOf(0))), false);
  });

  const tables = { right: encodeFieldTable({ a: 1 }), wrong: [3, 1, 2] };
  for (const [what, list] of Object.entries({
    'that is cut off in its flags': Buffer.of(0),
    'with a property that there is not': listOf(0x0004),
    'that says that more flags follow': listOf(0x0001),
    'with bytes behind its values': listOf(0x1000, MODE, 0),
    'without a value that it announces': listOf(0x1000),
    'with a delivery mode of 0': listOf(0x1000, 0),
    'with a delivery mode of 3': listOf(0x1000, 3),
    'with a priority that is missing': listOf(0x0800),
    'with a content type that is cut off': listOf(0x8000, 2, 0x61),
    'with a message id that is no UTF-8': listOf(0x0080, 1, 0xff),
    'with a timestamp that is cut off': listOf(0x0040, 0, 0, 0, 0, 0, 0, 1),
    'with a timestamp that no double holds': listOf(0x0040, 0, 0x20, 0, 0, 0, 0, 0, 0),
    'with headers that are no table': listOf(0x2000, 0, 0, 0, tables.wrong.length, ...tables.wrong),
    'with headers that are cut off': listOf(0x2000, 0, 0, 0, tables.right.length + 1, ...tables.right),
    'with headers whose length is cut off': listOf(0x2000, 0, 0, 0),
  })) {
    test(`refuses a property list ${what}`, () => {
      assert.equal(isSendable(message(ROUTE, list, Buffer.alloc(0))), false);
      assert.ok(isSendable(message(ROUTE, listOf(0x2000, 0, 0, 0, tables.right.length, ...tables.right))));
      assert.equal(isSendable(message(ROUTE, list)), false);
    });
  }

  test('never throws, and everything it accepts can be decoded', () => {
    const bytes = fc.uint8Array({ maxLength: 30 });
    const short = fc.string({ maxLength: 4 }).map((text) => [Buffer.byteLength(text), ...Buffer.from(text)]);
    const names = fc.tuple(short, short).map(([one, two]) => Uint8Array.from([...one, ...two]));
    const flags = fc.constantFrom(0x8000, 0x2000, 0x1000, 0x0800, 0x0400, 0x0040, 0x0008, 0x0004, 0xa000);
    const value = fc.oneof(short, fc.constant([1]), fc.constant([0, 0, 0, 0]), fc.constant([0, 0, 0, 0, 0, 0, 0, 9]));
    const values = fc.tuple(flags, value).map(([flag, found]) => listOf(flag, ...found));
    const [route, list] = [fc.oneof(bytes, names), fc.oneof(bytes, values)];
    let passed = 0;
    fc.assert(
      fc.property(route, list, (routeBytes, listBytes) => {
        const one = message(routeBytes, listBytes, Buffer.alloc(0));
        if (!isSendable(one)) return;
        passed++;
        assert.ok(one.route.exchange.length <= 255);
        assert.equal(typeof one.list.properties, 'object');
      }),
      { numRuns: 5_000 },
    );
    assert.ok(passed > 50, `only ${passed} passed`);
  });
});
