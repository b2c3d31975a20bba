import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { masked } from '../../../../src/console/dead/thread/masked.js';
import { errorOf, groupByError, messageRow } from '../../../../src/console/dead/thread/message-rows.js';
import { messageView } from '../../../../src/console/dead/thread/message-view.js';
import { deadMessage, RECORD, UNREADABLE } from '../../dead/dead-parts.js';
import { entryOf } from './dead-entries.js';

const KIB = 1024;

const view = (parts: Parameters<typeof deadMessage>[0]) => {
  const message = deadMessage(parts);
  return messageView(message, entryOf(message));
};

const dead = (errorType: string | undefined, cause: string) => {
  const { 'x-amqp-dispatcher-error-type': _, ...record } = RECORD;
  const headers = { ...record, 'x-amqp-dispatcher-cause': cause };
  return entryOf(
    deadMessage({
      headers: errorType === undefined ? headers : { ...headers, 'x-amqp-dispatcher-error-type': errorType },
    }),
  );
};

describe('masked headers', () => {
  test('show no value of a name that may hold a secret, in any case and at any depth', () => {
    const secrets = [
      'Authorization',
      'x-password',
      'client_secret',
      'TOKEN',
      'Set-Cookie',
      'apikey',
      'X-Api-Key',
      'api_key',
    ];
    for (const name of secrets) assert.deepEqual(masked({ [name]: { user: 'x' } }), { [name]: '•••' });
    assert.deepEqual(masked({ list: [{ deep: { token: 'x', id: 1 } }] }), {
      list: [{ deep: { token: '•••', id: 1 } }],
    });
  });

  test('show every other value as it is', () => {
    const plain = { tenant: 'acme', keyboard: 'de', count: 2, none: null, on: true, list: [1, 'a'] };
    assert.deepEqual(masked(plain), plain);
  });
});

describe('a dead message for the console', () => {
  test('has its record, its stack, and headers and properties without secrets', () => {
    const headers = { ...RECORD, 'x-api-key': 'geheim', tenant: 'acme' };
    const shown = view({ headers, properties: { messageId: 'm-1', contentType: 'text/plain' } });
    assert.equal(shown.id, 'm-1');
    assert.deepEqual(
      [shown.queue, shown.consumer, shown.error, shown.cause],
      ['email', 'Email', 'TypeError E_TEST', 'timeout of smtp'],
    );
    assert.match(shown.stack ?? '', /at send/);
    assert.equal(shown.properties['contentType'], 'text/plain');
    assert.ok(!JSON.stringify(shown).includes('geheim'), JSON.stringify(shown));
    assert.ok(JSON.stringify(shown.headers).includes('acme'));
  });

  test('has the first 64 KiB of a text, without half a character', () => {
    const shown = view({ body: `${'x'.repeat(64 * KIB - 1)}é and more` });
    assert.equal(shown.body, 'x'.repeat(64 * KIB - 1));
    assert.deepEqual([shown.bodyEncoding, shown.shownBytes], ['utf8', 64 * KIB - 1]);
    assert.ok(shown.bytes > 64 * KIB);
  });

  test('has a binary body as 64 KiB of hexadecimal digits', () => {
    const short = view({ body: Uint8Array.of(0xff, 0xfe, 1) });
    assert.deepEqual([short.body, short.bodyEncoding, short.shownBytes], ['fffe01', 'hex', 3]);
    const long = view({ body: new Uint8Array(100 * KIB).fill(0xff) });
    assert.deepEqual([long.body.length, long.shownBytes], [64 * KIB, 32 * KIB]);
  });

  test('can be shown when its headers cannot be read', () => {
    const shown = view({ headers: UNREADABLE });
    assert.equal(shown.headers, null);
    assert.equal(shown.body, 'body');
  });
});

describe('a row of the console', () => {
  test('cuts what a publisher made long', () => {
    const long = 'x'.repeat(10_000);
    const row = messageRow(
      entryOf(deadMessage({ headers: { ...RECORD, 'x-amqp-dispatcher-cause': long }, body: long })),
    );
    assert.ok(JSON.stringify(row).length < 2_000, JSON.stringify(row));
    assert.equal(row.bytes, 10_000);
  });

  test('has null for what the message does not say', () => {
    const { queue, consumer, error, attempts, diedAt } = messageRow(entryOf(deadMessage({ headers: {} })));
    assert.deepEqual([queue, consumer, error, attempts, diedAt], [null, null, null, null, null]);
  });
});

describe('dead messages by error', () => {
  test('are counted by type and first line, the most frequent first', () => {
    const entries = [
      dead('TypeError', 'a\nmore'),
      dead('RangeError', 'a'),
      dead('TypeError', 'a\nother'),
      dead('TypeError', 'b'),
    ];
    assert.deepEqual(groupByError(entries), {
      byError: [
        { error: 'TypeError: a', count: 2 },
        { error: 'RangeError: a', count: 1 },
        { error: 'TypeError: b', count: 1 },
      ],
      moreErrors: 0,
    });
  });

  test('are in at most 50 groups; the rest is counted', () => {
    const { byError, moreErrors } = groupByError(Array.from({ length: 70 }, (_, index) => dead('E', `order ${index}`)));
    assert.deepEqual([byError.length, moreErrors], [50, 20]);
  });

  test('have the name of their reason when there was no error', () => {
    assert.equal(errorOf({ id: 'a', bytes: 0, preview: '', reason: 'expired' }), 'expired');
    assert.equal(errorOf({ id: 'a', bytes: 0, preview: '' }), 'unknown');
  });
});
