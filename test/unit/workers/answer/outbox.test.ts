import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ANSWER, FINISHED } from '../../../../src/bridge/index.js';
import { Outbox } from '../../../../workers/answer/outbox.js';
import { encodePublish } from '../../../../workers/publish/publish-encoder.js';
import { endOfTurn } from '../../../support/end-of-turn.js';
import { waitFor } from '../../../support/wait.js';
import { FakePort, isPort } from '../fake-port.js';

function open(): { port: FakePort; outbox: Outbox } {
  const port = new FakePort();
  assert.ok(isPort(port));
  return { port, outbox: new Outbox(port) };
}

const claimId = (cell: number): { cell: number; generation: number } => ({ cell, generation: 9 });

describe('the outbox', () => {
  test('posts the reports of one turn as one batch', async () => {
    const { port, outbox } = open();
    outbox.answer(claimId(1), ANSWER.nackDrop);
    outbox.finish(claimId(2), ANSWER.ack);
    outbox.command({ type: 'slot_up', slot: 3 });
    assert.deepEqual(port.posted, []);
    await endOfTurn();
    const reports = [1, 9, ANSWER.nackDrop, 2, 9, ANSWER.ack | FINISHED];
    assert.deepEqual(port.posted, [{ type: 'batch', reports, commands: [{ type: 'slot_up', slot: 3 }] }]);
    await endOfTurn();
    assert.equal(port.posted.length, 1);
  });

  test('keeps the reports of a post that throws, and posts them with the next', (t) => {
    const { port, outbox } = open();
    outbox.answer(claimId(1), ANSWER.ack);
    t.mock.method(
      port,
      'postMessage',
      () => {
        throw new RangeError('Maximum call stack size exceeded');
      },
      { times: 1 },
    );
    assert.throws(() => outbox.flush(), RangeError);
    outbox.flush();
    outbox.flush();
    assert.deepEqual(port.reports, [1, 9, ANSWER.ack]);
  });

  test('includes what the promises of the turn add', async () => {
    const { port, outbox } = open();
    outbox.finish(claimId(1), ANSWER.ack);
    void Promise.resolve().then(() => outbox.finish(claimId(2), ANSWER.ack));
    await endOfTurn();
    assert.equal(port.batches.length, 1);
    assert.equal(port.reports.length, 6);
  });

  test('reports answer and end of a delivery as one when both fall into one batch', async () => {
    const { port, outbox } = open();
    const mark = outbox.answer(claimId(1), ANSWER.rejectDrop);
    outbox.answer(claimId(2), ANSWER.ack);
    outbox.finish(claimId(1), ANSWER.none, mark);
    await endOfTurn();
    assert.deepEqual(port.reports, [1, 9, ANSWER.rejectDrop | FINISHED, 2, 9, ANSWER.ack]);
  });

  test('reports the end by itself when the answer was posted before', async () => {
    const { port, outbox } = open();
    const mark = outbox.answer(claimId(1), ANSWER.ack);
    await endOfTurn();
    outbox.answer(claimId(2), ANSWER.ack);
    outbox.finish(claimId(1), ANSWER.none, mark);
    await endOfTurn();
    assert.deepEqual(port.batches[1]?.reports, [2, 9, ANSWER.ack, 1, 9, ANSWER.none | FINISHED]);
  });

  test('posts half a window of reports without waiting for the end of the turn', () => {
    const { port, outbox } = open();
    for (let cell = 0; cell < 100; cell++) outbox.finish(claimId(cell), ANSWER.ack);
    assert.deepEqual(
      port.batches.map(({ reports }) => reports.length / 3),
      [32, 32, 32],
    );
  });

  test('marks the correct end when the answer itself filled the batch', async () => {
    const { port, outbox } = open();
    for (let cell = 0; cell < 31; cell++) outbox.finish(claimId(cell), ANSWER.ack);
    const mark = outbox.answer(claimId(31), ANSWER.ack);
    outbox.finish(claimId(31), ANSWER.none, mark);
    await endOfTurn();
    assert.deepEqual(port.reports.slice(-6), [31, 9, ANSWER.ack, 31, 9, FINISHED]);
  });

  test('posts reports held for longer than a millisecond before user code runs', () => {
    const { port, outbox } = open();
    outbox.finish(claimId(1), ANSWER.ack);
    outbox.flushIfHeld(performance.now());
    assert.equal(port.posted.length, 0);
    outbox.flushIfHeld(performance.now() + 5);
    assert.equal(port.posted.length, 1);
  });

  test('holds nothing back while consumers compute between their answers', async () => {
    const { port, outbox } = open();
    const answer = (now: number): number => {
      outbox.finish(claimId(1), ANSWER.ack);
      outbox.flushIfComputing(now);
      return port.posted.length;
    };
    const start = performance.now();
    assert.deepEqual([answer(start), answer(start + 0.5)], [0, 0]);
    assert.deepEqual([answer(start + 1_000), answer(start + 1_000)], [1, 2]);
    await endOfTurn();
    assert.equal(answer(performance.now()), 3);
    // After the first turn that was not delayed; a busy machine may delay some.
    const isHeld = (): boolean => {
      const before = port.posted.length;
      return answer(performance.now()) === before;
    };
    await waitFor(isHeld, { what: 'a turn in which nothing computes' });
  });

  test('posts publishes with the reports of the turn, and at once when they are large', async () => {
    const { port, outbox } = open();
    const publish = encodePublish('x', 'k', {}, 'body');
    outbox.publish({ requestId: 1, claimId: claimId(1), publish });
    outbox.answer(claimId(1), ANSWER.ack);
    assert.equal(port.posted.length, 0);
    await endOfTurn();
    assert.deepEqual([port.posted.length, port.publishes.length, port.reports.length], [1, 1, 3]);
    outbox.publish({ requestId: 2, claimId: claimId(1), publish: { ...publish, body: Buffer.alloc(100_000) } });
    assert.deepEqual([port.posted.length, port.publishes.length], [2, 2]);
  });

  test('posts urgent messages at once, after earlier ones', () => {
    const { port, outbox } = open();
    outbox.finish(claimId(1), ANSWER.ack);
    outbox.postNow({ type: 'ended' });
    assert.deepEqual(
      port.posted.map(({ type }) => type),
      ['batch', 'ended'],
    );
  });

  test('posts nothing when it is empty', () => {
    const { port, outbox } = open();
    outbox.flush();
    assert.deepEqual(port.posted, []);
  });
});

describe('the metrics of consumers', () => {
  test('share the next batch, and go out at most once a second', async () => {
    const { port, outbox } = open();
    const counter = outbox.metrics.counter('x');
    counter.add();
    outbox.finish(claimId(1), ANSWER.ack);
    await endOfTurn();
    counter.add();
    outbox.finish(claimId(2), ANSWER.ack);
    await endOfTurn();
    assert.deepEqual(
      port.batches.map(({ metrics }) => metrics?.map(({ name, series }) => [name, series[0]?.value])),
      [[['x', 1]], undefined],
    );
  });

  test('go out with the last message of the session', () => {
    const { port, outbox } = open();
    const counter = outbox.metrics.counter('x');
    counter.add();
    outbox.flush();
    counter.add(5);
    outbox.metrics.end();
    outbox.postNow({ type: 'ended' });
    assert.deepEqual(
      port.posted.map(({ type }) => type),
      ['batch', 'batch', 'ended'],
    );
    assert.equal(port.batches[1]?.metrics?.[0]?.series[0]?.value, 5);
  });

  test('go out a second after a change without any batch', async (t) => {
    const { port, outbox } = open();
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const counter = outbox.metrics.counter('x');
    counter.add();
    t.mock.timers.tick(999);
    assert.equal(port.posted.length, 0);
    t.mock.timers.tick(1);
    assert.equal(port.batches.length, 1);
    await endOfTurn();
    assert.equal(port.posted.length, 1);
  });
});
