import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { receiveMessageOnPort } from 'node:worker_threads';
import fc from 'fast-check';
import { type Publish } from '../../../../src/amqp/index.js';
import {
  ANSWER,
  type ClaimId,
  FINISHED,
  PUBLISH_WINDOW,
  PublishPacker,
  type Refusal,
} from '../../../../src/bridge/index.js';
import { wireMessage } from '../../../support/amqp/wire-message.js';
import { hostileMessage } from '../hostile-messages.js';
import { SessionBench } from '../session-bench.js';

const ERROR = { name: 'Error', message: 'no' };
const CLAIM_ID = { cell: 0, generation: 1 };
const PUBLISH: Publish = {
  exchange: '',
  routingKey: 'queue',
  mandatory: false,
  body: Buffer.from('body'),
  headers: new Uint8Array(),
  properties: { persistent: true },
};

function open(t: TestContext, batchSize?: number): SessionBench {
  const bench = new SessionBench([0, 1], batchSize);
  t.after(() => bench.session.kill(new Error('the test is over')));
  return bench;
}

function report({ cell, generation }: ClaimId, code: unknown): object {
  return { type: 'batch', reports: [cell, generation, code], commands: [] };
}

function command(...commands: readonly unknown[]): object {
  return { type: 'batch', reports: [], commands };
}

function packed(...requestIds: readonly number[]): ArrayBuffer {
  const packer = new PublishPacker();
  for (const requestId of requestIds) packer.add({ requestId, claimId: CLAIM_ID, publish: PUBLISH });
  return packer.take();
}

function publishes(memory: unknown): object {
  return { type: 'batch', reports: [], commands: [], publishes: memory };
}

/** The replies to publish requests so far: an id for a confirm, a code for a refusal. */
function replies({ session: { workerPort } }: SessionBench): unknown[] {
  const found: unknown[] = [];
  for (let next = receiveMessageOnPort(workerPort); next !== undefined; next = receiveMessageOnPort(workerPort)) {
    const { confirmed, refused } = next.message;
    found.push(...confirmed, ...refused.map((refusal: Refusal) => [refusal.requestId, refusal.error.code]));
  }
  return found;
}

describe('a session', () => {
  test('passes on an answer and frees the slot when the delivery ends', async (t) => {
    const bench = open(t);
    const claimId = bench.offer('a');
    bench.worker.begin(claimId);
    bench.worker.answer(claimId);
    await bench.say(report(claimId, ANSWER.nackDrop), report(claimId, FINISHED));
    assert.deepEqual(bench.events, ['settle a nackDrop', 'finished a']);
    assert.deepEqual(bench.warnings, []);
  });

  test('settles nothing on a report about an unbegun or answered delivery', async (t) => {
    const bench = open(t);
    const [offered, begun] = [bench.offer('offered'), bench.offer('begun')];
    bench.worker.begin(begun);
    await bench.say(report(offered, ANSWER.ack | FINISHED), report(begun, ANSWER.ack | FINISHED));
    assert.deepEqual(bench.events, []);
    assert.equal(bench.warnings.length, 2);
    assert.deepEqual(
      bench.session.kill(new Error('gone')).map(({ delivery, begun: hadBegun }) => [delivery.name, hadBegun]),
      [
        ['offered', false],
        ['begun', true],
      ],
    );
  });

  test('treats the end of an unanswered delivery as a failure, so that it returns', async (t) => {
    const bench = open(t);
    const claimId = bench.offer('a');
    bench.worker.begin(claimId);
    bench.worker.answer(claimId);
    await bench.say(report(claimId, FINISHED), report(claimId, ANSWER.ack));
    assert.deepEqual(bench.events, ['failed a: its thread reported its end without an answer']);
  });

  test('ends a delivery without an answer when it was lost while it ran', async (t) => {
    const bench = open(t);
    const claimId = bench.offer('a');
    bench.worker.begin(claimId);
    bench.session.link.lose([bench.at(claimId)], 'the channel went');
    await bench.say(report(claimId, FINISHED));
    assert.deepEqual(bench.events, ['finished a']);
    assert.deepEqual(bench.warnings, []);
  });

  test('ignores unknown codes and claim ids', async (t) => {
    const bench = open(t);
    const claimId = bench.offer('a');
    bench.worker.begin(claimId);
    bench.worker.answer(claimId);
    for (const code of [7, 16, -1, 0.5, Number.NaN, 5n, '1', null, {}]) await bench.say(report(claimId, code));
    const { cell, generation } = claimId;
    const forged = [cell, generation - 1, ANSWER.ack, 10 ** 9, generation, ANSWER.ack, '0', '1', ANSWER.ack, cell];
    await bench.say({ type: 'batch', reports: forged, commands: [] });
    assert.deepEqual(bench.events, []);
  });

  test('ignores a failure of an unbegun delivery', async (t) => {
    const bench = open(t);
    const claimId = bench.offer('a');
    await bench.say(command({ type: 'failed', claimId, error: ERROR }));
    assert.deepEqual(bench.events, []);
    bench.worker.begin(claimId);
    await bench.say(command({ type: 'failed', claimId, error: ERROR }, { type: 'failed', claimId, error: ERROR }));
    assert.deepEqual(bench.events, ['failed a: no']);
  });

  test('keeps the memory of a message until its failure is logged', async (t) => {
    const bench = open(t);
    const message = wireMessage();
    for (const name of ['hold', 'release'] as const) {
      t.mock.method(message, name, () => void bench.events.push(name));
    }
    const claimId = bench.offer('a', message);
    bench.worker.begin(claimId);
    await bench.say(command({ type: 'failed', claimId, error: ERROR }));
    assert.deepEqual(bench.events, ['hold', 'failed a: no', 'release']);
  });

  test('keeps a delivery that failed alone until its end is reported, and accepts that once', async (t) => {
    const bench = open(t);
    const claimId = bench.offer('a');
    bench.worker.begin(claimId);
    const failed = { type: 'failed', claimId, error: ERROR, goesOn: true };
    await bench.say(command(failed));
    assert.deepEqual(bench.events, [], 'it has no answer yet');
    bench.worker.answer(claimId);
    await bench.say(command(failed, failed), report(claimId, FINISHED));
    assert.deepEqual(bench.events, ['failed alone a: no', 'finished a']);
    assert.equal(bench.warnings.length, 2);
  });

  test('has room for the batches of its slots', async (t) => {
    const bench = open(t, 100);
    for (let name = 0; name < 200; name++) bench.offer(String(name));
    assert.throws(() => bench.offer('one too many'), RangeError);
  });

  test('accepts reports of a thread for its own slots only', async (t) => {
    const bench = open(t);
    const commands = ['slot_up', 'slot_down', 'slot_awake'].flatMap((type) => [
      { type, slot: 1 },
      { type, slot: 2 },
    ]);
    await bench.say(command(...commands));
    assert.deepEqual(bench.events, ['slot 1 up', 'slot 1 down', 'slot 1 awake']);
    const hosted = bench.session.start([]);
    await bench.say({ type: 'hosted', failures: [1, 2].map((slot) => ({ slot, error: ERROR })) });
    assert.deepEqual(
      (await hosted).map(({ slot }) => slot),
      [1],
    );
  });

  test('ignores a report of its end before one was requested', async (t) => {
    const bench = open(t);
    await bench.say({ type: 'ended' });
    assert.equal(bench.warnings.length, 1);
    const stopped = bench.session.stop(1_000);
    await bench.say({ type: 'ended' });
    await stopped;
  });

  test('refuses a publish that cannot be sent, and sends the others', async (t) => {
    const bench = open(t);
    const memory = packed(1, 2, 3);
    // The second routing key is no longer UTF-8.
    const bytes = Buffer.from(memory);
    bytes[bytes.indexOf('queue', bytes.indexOf('queue') + 1)] = 0xff;
    await bench.say(publishes(memory));
    assert.deepEqual(
      bench.published.map(({ route }) => route),
      [1, 3].map(() => ({ exchange: '', routingKey: 'queue' })),
    );
    assert.equal(bench.warnings.length, 1);
    await bench.say();
    assert.deepEqual(replies(bench), [1, 3, [2, 'PUBLISH_INVALID']]);
  });

  test('ignores publishes that cannot be unpacked, or that could change after the check', async (t) => {
    const bench = open(t);
    const whole = packed(1, 2);
    for (const memory of [new ArrayBuffer(3), whole.slice(0, -1), new SharedArrayBuffer(64), 'text', new Uint8Array(8)])
      await bench.say(publishes(memory));
    assert.deepEqual(bench.published, []);
    assert.equal(bench.warnings.length, 5);
    await bench.say();
    assert.deepEqual(replies(bench), []);
  });

  test('accepts at most the window of a worker at one time', async (t) => {
    const bench = open(t);
    bench.holdPublishes = true;
    await bench.say(publishes(packed(...Array.from({ length: PUBLISH_WINDOW + 2 }, (_, id) => id))));
    await bench.say();
    assert.equal(bench.published.length, PUBLISH_WINDOW);
    assert.deepEqual(replies(bench), [
      [PUBLISH_WINDOW, 'PUBLISH_INVALID'],
      [PUBLISH_WINDOW + 1, 'PUBLISH_INVALID'],
    ]);
  });

  test('accepts any number of consecutive publishes', async (t) => {
    const bench = open(t);
    const ids = Array.from({ length: PUBLISH_WINDOW }, (_, id) => id);
    await bench.say(publishes(packed(...ids)), publishes(packed(...ids)));
    assert.equal(bench.published.length, 2 * PUBLISH_WINDOW);
  });

  test('logs the first few ignored messages, and then no more', async (t) => {
    const bench = open(t);
    await bench.say(...Array.from({ length: 100 }, () => ({ type: 'nonsense' })));
    assert.equal(bench.warnings.length, 5);
  });

  test('reports when the worker closed its port, but not when it ended gracefully', async (t) => {
    const [cut, stopped] = [open(t), open(t)];
    cut.session.workerPort.close();
    await cut.session.whenPortClosed();
    void stopped.session.whenPortClosed().then(() => assert.fail('it closed its port'));
    const ended = stopped.session.stop(1_000);
    await stopped.say({ type: 'ended' });
    await ended;
    stopped.session.workerPort.close();
    await new Promise((resolve) => setImmediate(resolve));
  });
});

test('begins no delivery that was counted as unbegun, even if the thread lives on briefly', () => {
  const bench = new SessionBench();
  const claimId = bench.offer('a');
  assert.deepEqual(
    bench.session.kill(new Error('gone')).map(({ begun }) => begun),
    [false],
  );
  assert.equal(bench.worker.begin(claimId), false);
});

test('survives any sequence of messages: settles no unanswered delivery and ends none twice', async () => {
  const names = ['a', 'b', 'c', 'd'];
  const moves = fc.array(fc.tuple(fc.constantFrom('begin', 'answer'), fc.nat(3)), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(moves, fc.array(hostileMessage, { maxLength: 12 }), async (steps, messages) => {
      const bench = new SessionBench();
      const claimIds = names.map((name) => bench.offer(name));
      const answered = new Set<string>();
      for (const [move, index] of steps) {
        const claimId = claimIds[index] ?? assert.fail();
        if (move === 'begin') bench.worker.begin(claimId);
        else if (bench.worker.answer(claimId)) answered.add(names[index] ?? '');
      }
      await bench.say(...messages);
      const orphans = bench.session.kill(new Error('gone')).map(({ delivery }) => delivery.name);
      for (const name of names) {
        const told = bench.events.filter((event) => new RegExp(`^\\w+ ${name}\\b`).test(event));
        const settled = told.some((event) => event.startsWith('settle'));
        assert.ok(!settled || answered.has(name), `${name} was settled and not answered`);
        const ends = told.filter((event) => /^(finished|failed)/.test(event)).length;
        assert.equal(ends + orphans.filter((orphan) => orphan === name).length, 1, `${name} ended ${ends} times`);
      }
    }),
    { numRuns: 500 },
  );
});
