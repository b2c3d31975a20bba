import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseCondition } from '../../../src/dead/selection/condition.js';
import { isSelected } from '../../../src/dead/selection/selection.js';
import { deadMessage, RECORD, UNREADABLE } from './dead-parts.js';

const selects = (
  written: string,
  message = deadMessage({ headers: { ...RECORD, own: 'a=b', count: 7, at: new Date(0) } }),
) => isSelected(message, { ids: [], conditions: [parseCondition(written)] });

describe('a condition', () => {
  test('is a key, an operator and any text', () => {
    assert.deepEqual(parseCondition('reason=exhausted'), {
      kind: 'text',
      key: 'reason',
      operator: '=',
      text: 'exhausted',
    });
    assert.deepEqual(parseCondition('cause~a=b~c'), {
      kind: 'text',
      key: 'cause',
      operator: '~',
      text: 'a=b~c',
    });
    assert.deepEqual(parseCondition('header.own='), { kind: 'text', key: 'header.own', operator: '=', text: '' });
    assert.deepEqual(parseCondition('header.own=two\nlines'), { ...parseCondition('header.own='), text: 'two\nlines' });
    for (const wrong of ['', 'reason', '=x', '~x']) assert.throws(() => parseCondition(wrong), /expected KEY=TEXT/);
  });

  for (const [key, expected] of [
    [
      'erorr',
      /^"erorr" is not a key, did you mean "error-type"\? \(expected header\.erorr for a header of the message, or id, /,
    ],
    ['errorType', /did you mean "error-type"\?/],
    ['resaon', /did you mean "reason"\?/],
    ['message', /did you mean "cause"\?/],
    ['tenant', /^"tenant" is not a key \(expected header\.tenant for a header of the message, or id, .*routing-key/],
    ['header.', /^"header\." is not a key/],
  ] as const) {
    test(`refuses the unknown key ${key}`, () => {
      assert.throws(() => parseCondition(`${key}=Timeout`), { message: expected });
    });
  }

  test('matches the failure record by its short names', () => {
    for (const written of [
      'reason=exhausted',
      'error-type=TypeError E_TEST',
      'error-type=TypeError',
      'error-type=E_TEST',
      'error-type~TypeError',
      'cause~smtp',
      'consumer=Email',
      'routing-key=a.b',
      'exchange=jobs',
      'attempts=3',
      'died-at~2026-11-25',
      'x-amqp-dispatcher-reason=exhausted',
    ]) {
      assert.equal(selects(written), true, written);
    }
    for (const written of [
      'error-type=TypeErr',
      'error-type=E_TES',
      'reason=exhaust',
      'reason~Exhausted',
      'consumer=Other',
    ])
      assert.equal(selects(written), false, written);
  });

  test('matches other headers of any type', () => {
    for (const written of ['header.own=a=b', 'header.count=7', 'header.at=1970-01-01T00:00:00.000Z'])
      assert.equal(selects(written), true, written);
    assert.equal(selects('header.absent='), false);
    assert.equal(selects('header.absent~'), false);
  });

  test('matches a header of the message itself behind header., also when a part of the record has its name', () => {
    const message = deadMessage({ headers: { ...RECORD, reason: 'mine', 'header.x': 'odd' } });
    assert.deepEqual(
      ['reason=mine', 'header.reason=mine', 'header.header.x=odd', 'header.absent~'].map((each) =>
        selects(each, message),
      ),
      [false, true, true, false],
    );
  });

  test('matches the id and the age of a message', () => {
    const diedAt = Date.parse('2026-11-25T00:00:00Z');
    const HOUR_MS = 3_600_000;
    const message = deadMessage({ properties: { messageId: 'm-1' } });
    const holdsAfter = (written: string, ms: number): boolean =>
      isSelected(message, { ids: [], conditions: [parseCondition(written, diedAt + ms)] });
    assert.deepEqual([holdsAfter('older=2h', 3 * HOUR_MS), holdsAfter('older=2h', HOUR_MS)], [true, false]);
    assert.deepEqual([holdsAfter('newer=1d', HOUR_MS), holdsAfter('newer=1d', 25 * HOUR_MS)], [true, false]);
    assert.deepEqual([selects('id=m-1', message), selects('id=m-2', message)], [true, false]);
    for (const kind of ['older=1s', 'newer=1w']) assert.equal(selects(kind, deadMessage({ headers: {} })), false, kind);
    assert.throws(() => parseCondition('older=soon'), /"soon" is not an age \(expected 30s, 5m, 2h, 3d or 1w\)/);
  });

  test('matches what the broker wrote when it dead-lettered the message itself', () => {
    const time = new Date('2026-11-25T00:00:00Z');
    const death = { queue: 'orders', reason: 'expired', time, exchange: 'jobs', 'routing-keys': ['a.b'], count: 1n };
    const message = deadMessage({ headers: { 'x-death': [death] } });
    for (const written of [
      'queue=orders',
      'reason=expired',
      'exchange=jobs',
      'routing-key=a.b',
      'died-at~2026-11-25',
    ]) {
      assert.equal(selects(written, message), true, written);
    }
    for (const odd of ['text', [], ['text'], [[]], [{ queue: 1, time: 'x', 'routing-keys': 'y' }]]) {
      assert.equal(selects('queue~', deadMessage({ headers: { 'x-death': odd } })), false);
    }
  });

  test('does not match unreadable headers', () => {
    assert.equal(selects('reason=exhausted', deadMessage({ headers: UNREADABLE })), false);
  });
});

describe('a selection', () => {
  const message = deadMessage({ properties: { messageId: 'm-1' } });

  test('selects everything when empty', () => {
    assert.equal(isSelected(message, { ids: [], conditions: [] }), true);
  });

  test('requires one of its ids and all of its conditions', () => {
    const [yes, no] = [parseCondition('reason=exhausted'), parseCondition('reason=deaths')];
    assert.equal(isSelected(message, { ids: ['m-0', 'm-1'], conditions: [yes] }), true);
    assert.equal(isSelected(message, { ids: ['m-0'], conditions: [yes] }), false);
    assert.equal(isSelected(message, { ids: ['m-1'], conditions: [yes, no] }), false);
  });
});
