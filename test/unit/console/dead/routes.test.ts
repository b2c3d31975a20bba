import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Hono } from 'hono';
import type { DeadOperation } from '../../../../src/console/dead/operation.js';
import { refused } from '../../../../src/console/dead/refused.js';
import { deadRoutes } from '../../../../src/console/dead/routes.js';
import type { ConsoleEnv } from '../../../../src/console/request.js';
import type { ActionLog } from '../../../../src/control/index.js';
import { isRecord } from '../../../support/json-record.js';
import { RecordedLog } from '../../../support/recorded-log.js';

const BY = 'console (127.0.0.1)';
const KEY = 'a'.repeat(64);
const OUTCOME = { done: 2, kept: 1, gone: 0, problem: 'no queue received the message' };

/** The routes over a thread that answers at once, and records what it is asked. */
function routes(answer: () => object = () => OUTCOME) {
  const operations: DeadOperation[] = [];
  const notes: Parameters<ActionLog['note']>[0][] = [];
  const { logger } = new RecordedLog();
  const app = new Hono<ConsoleEnv>();
  app.use(async (context, next) => {
    context.set('by', BY);
    await next();
  });
  const dead = deadRoutes({
    queues: ['email.dead', 'orders.dlq'],
    thread: {
      run: async (operation) => {
        operations.push(operation);
        return JSON.stringify(answer());
      },
    },
    actions: { note: (note) => void notes.push(note) },
    logger,
  });
  app.route('/', dead);
  const ask = async (path: string, body?: unknown): Promise<{ status: number; error: unknown }> => {
    const sent = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await app.request(path, body === undefined ? {} : { method: 'POST', body: sent });
    const json: unknown = await response.json();
    const error = isRecord(json) && isRecord(json['error']) ? json['error']['message'] : undefined;
    return { status: response.status, error };
  };
  return { ask, operations, notes };
}

describe('the routes of dead messages', () => {
  test('pass on filters, error, limit and copy of a list', async () => {
    const { ask, operations } = routes();
    await ask('/');
    await ask('/messages?queue=email.dead');
    await ask('/messages?queue=email.dead&where=reason=exhausted&where=older=2h&error=TypeError: a&limit=7&look=L');
    await ask(`/message?queue=orders.dlq&key=${KEY}&look=L`);
    assert.deepEqual(operations, [
      { kind: 'count', queues: ['email.dead', 'orders.dlq'] },
      { kind: 'look', queue: 'email.dead', look: null, where: [], error: null, limit: 100 },
      {
        kind: 'look',
        queue: 'email.dead',
        look: 'L',
        where: ['reason=exhausted', 'older=2h'],
        error: 'TypeError: a',
        limit: 7,
      },
      { kind: 'show', queue: 'orders.dlq', look: 'L', key: KEY },
    ]);
  });

  test('refuse a queue that is not a dead-letter queue of the file, before the thread hears of it', async () => {
    const { ask, operations, notes } = routes();
    for (const [path, body] of [
      ['/messages?queue=email', undefined],
      [`/message?queue=email&key=${KEY}`, undefined],
      ['/replay', { queue: 'email', keys: [KEY] }],
      ['/delete', { queue: 'email', keys: [KEY] }],
    ] as const) {
      const { status, error } = await ask(path, body);
      assert.equal(status, 404, path);
      assert.match(String(error), /^"email" is not a dead-letter queue of the configuration file/);
    }
    assert.deepEqual([operations, notes], [[], []]);
  });

  test('refuse wrong parameters in words, and perform nothing', async () => {
    const { ask, operations } = routes();
    const cases: [string, unknown, RegExp][] = [
      ['/messages', undefined, /^queue is missing/],
      ['/messages?queue=email.dead&limit=501', undefined, /^limit is a whole number from 1 to 500/],
      ['/messages?queue=email.dead&limit=1e2', undefined, /^limit/],
      [
        '/messages?queue=email.dead&where=smtp',
        undefined,
        /"smtp" is not a condition \(expected KEY=TEXT or KEY~TEXT\)/,
      ],
      ['/messages?queue=email.dead&where=reson=x', undefined, /did you mean "reason"\?/],
      ['/messages?queue=email.dead&where=older=soon', undefined, /"soon" is not an age/],
      ['/messages?queue=email.dead&where=header.Authorization~B', undefined, /may hold a secret/],
      ['/message?queue=email.dead&key=a', undefined, /^key is the key/],
      ['/replay', 'not json', /^the body is not a JSON object/],
      ['/replay', [], /^the body is not a JSON object/],
      ['/delete', { queue: 'email.dead' }, /^the body names messages by keys, or by look and where/],
      ['/delete', { queue: 'email.dead', keys: [] }, /^keys is a list of 1 to 500/],
      ['/delete', { queue: 'email.dead', keys: ['a'] }, /^keys is a list/],
      ['/delete', { queue: 'email.dead', keys: Array.from({ length: 501 }, () => KEY) }, /^keys is a list/],
      ['/delete', { queue: 'email.dead', look: 'L', where: 'reason=x' }, /^where is a list/],
      ['/delete', { queue: 'email.dead', look: 'L', where: ['x'] }, /is not a condition/],
      ['/delete', { queue: 'email.dead', look: 'L', error: 1 }, /^error is a text/],
    ];
    for (const [path, body, message] of cases) {
      const { status, error } = await ask(path, body);
      assert.equal(status, 400, path);
      assert.match(String(error), message);
    }
    assert.deepEqual(operations, []);
  });

  test('record who replayed or deleted how many messages of which queue, and by which choice', async () => {
    const { ask, notes } = routes();
    await ask('/replay', { queue: 'email.dead', keys: [KEY, KEY] });
    await ask('/delete', { queue: 'email.dead', look: 'L', where: ['reason=x'], error: 'TypeError: a' });
    const why = '1 kept: no queue received the message';
    const queue = 'email.dead';
    assert.deepEqual(notes, [
      {
        by: BY,
        action: 'dead replay email.dead',
        queue,
        consumer: null,
        outcome: 'ok',
        detail: `replayed 2, ${why} (2 chosen)`,
      },
      {
        by: BY,
        action: 'dead delete email.dead',
        queue,
        consumer: null,
        outcome: 'ok',
        detail: `deleted 2, ${why} (all with reason=x, error TypeError: a)`,
      },
    ]);
  });

  test('answer 409 to what is refused and 503 to what failed, and record both', async () => {
    const refusing = routes(() => {
      throw refused('read the queue again');
    });
    assert.deepEqual(await refusing.ask('/replay', { queue: 'email.dead', look: 'L' }), {
      status: 409,
      error: 'read the queue again',
    });
    assert.deepEqual(
      refusing.notes.map(({ outcome, detail }) => [outcome, detail]),
      [['refused', 'read the queue again (all)']],
    );
    const failing = routes(() => {
      throw Object.assign(new Error('the broker is away'), { code: 'BROKER_UNREACHABLE' });
    });
    assert.deepEqual(await failing.ask('/'), { status: 503, error: 'the broker is away' });
  });
});
