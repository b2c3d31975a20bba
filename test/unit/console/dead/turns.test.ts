import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Turns } from '../../../../src/console/dead/turns.js';
import { endOfTurn } from '../../../support/end-of-turn.js';

const NEVER = new AbortController().signal;

describe('the turns of a queue', () => {
  test('let one operation work at a time, in order, and another queue not wait', async () => {
    const turns = new Turns();
    const order: string[] = [];
    const work = async (name: string, queue: string): Promise<() => void> => {
      const end = await turns.take(queue, NEVER);
      order.push(name);
      return end;
    };
    const endFirst = await work('first', 'a');
    const second = work('second', 'a');
    const third = work('third', 'a');
    await work('other queue', 'b');
    await endOfTurn();
    assert.deepEqual(order, ['first', 'other queue']);
    endFirst();
    (await second)();
    (await third)();
    assert.deepEqual(order, ['first', 'other queue', 'second', 'third']);
    await work('free again', 'a');
  });

  test('refuse the fifth that would wait', async () => {
    const turns = new Turns();
    await turns.take('a', NEVER);
    for (let waiting = 0; waiting < 4; waiting++) void turns.take('a', NEVER);
    await assert.rejects(turns.take('a', NEVER), {
      code: 'CONTROL_REFUSED',
      message: /^4 operations already wait for "a"/,
    });
  });

  test('pass over one that no longer waits', async () => {
    const turns = new Turns();
    const end = await turns.take('a', NEVER);
    const leaving = new AbortController();
    const left = turns.take('a', leaving.signal);
    const next = turns.take('a', NEVER);
    leaving.abort(new Error('gone'));
    await assert.rejects(left, /gone/);
    end();
    (await next)();
  });
});
