import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isSelected, parseCondition } from '../../../src/dead/selection.js';
import { deadMessage, RECORD, UNREADABLE } from './dead-parts.js';

const selects = (
  written: string,
  message = deadMessage({ headers: { ...RECORD, own: 'a=b', count: 7, at: new Date(0) } }),
) => isSelected(message, { ids: [], conditions: [parseCondition(written)] });

describe('a condition', () => {
  test('is a key, an operator and any text', () => {
    assert.deepEqual(parseCondition('reason=exhausted'), { key: 'reason', operator: '=', text: 'exhausted' });
    assert.deepEqual(parseCondition('cause~a=b~c'), { key: 'cause', operator: '~', text: 'a=b~c' });
    assert.deepEqual(parseCondition('own='), { key: 'own', operator: '=', text: '' });
    assert.deepEqual(parseCondition('own=two\nlines').text, 'two\nlines');
    for (const wrong of ['', 'reason', '=x', '~x']) assert.throws(() => parseCondition(wrong), /expected KEY=TEXT/);
  });

  test('matches the failure record by its short names', () => {
    for (const written of [
      'reason=exhausted',
      'error-type=TypeError E_TEST',
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
    for (const written of ['reason=exhaust', 'reason~Exhausted', 'consumer=Other'])
      assert.equal(selects(written), false, written);
  });

  test('matches other headers of any type', () => {
    for (const written of ['own=a=b', 'count=7', 'at=1970-01-01T00:00:00.000Z'])
      assert.equal(selects(written), true, written);
    assert.equal(selects('absent='), false);
    assert.equal(selects('absent~'), false);
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
