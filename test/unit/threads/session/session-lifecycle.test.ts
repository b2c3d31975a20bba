import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { receiveMessageOnPort } from 'node:worker_threads';
import { ANSWER, FINISHED, LogCredit, type StartStep, startStep } from '../../../../src/bridge/index.js';
import { ConfigurationError, ConsumerError } from '../../../../src/errors/index.js';
import { endOfTurn } from '../../../support/end-of-turn.js';
import { makeSlot } from '../../dispatch/stepped-worker.js';
import { SessionBench } from '../session-bench.js';

const SLOTS = [makeSlot(0, 0).spec];
const CODELESS = { name: 'TypeError', message: 'no' };
const MISSING = { name: 'ConfigurationError', code: 'CONSUMER_MODULE_NOT_FOUND', message: 'no module ./a.mjs' };
const DIED = { code: 'WORKER_DIED', message: 'worker thread 0 died: gone' };

function open(t: TestContext): SessionBench {
  const bench = new SessionBench([0]);
  t.after(() => bench.session.kill(new Error('the test is over')));
  return bench;
}

/** The types of the messages that wait for the thread, in order. */
function posted({ session: { workerPort } }: SessionBench): string[] {
  const types: string[] = [];
  for (let next = receiveMessageOnPort(workerPort); next !== undefined; next = receiveMessageOnPort(workerPort))
    types.push(next.message.type);
  return types;
}

describe('the start of a session', () => {
  test('knows whether the thread has booted, because before that no failure is the fault of user code', async (t) => {
    const bench = open(t);
    assert.equal(bench.session.hasBooted, false);
    await bench.say({ type: 'booted', threadId: 1 });
    assert.equal(bench.session.hasBooted, true);
  });

  test('runs the startup handler', async (t) => {
    const bench = open(t);
    const started = bench.session.runStartup();
    assert.deepEqual(posted(bench), ['startup']);
    await bench.say({ type: 'startup_done' });
    await started;
  });

  test('fails with the error of the startup handler', async (t) => {
    const bench = open(t);
    const started = bench.session.runStartup();
    await bench.say({ type: 'startup_failed', error: CODELESS });
    const message = 'the startup handler failed: TypeError: no';
    await assert.rejects(started, { constructor: ConsumerError, code: 'STARTUP_FAILED', message });
  });

  test('is a configuration error when the startup handler cannot be loaded', async (t) => {
    const bench = open(t);
    const started = bench.session.runStartup();
    await bench.say({ type: 'startup_failed', error: MISSING });
    await assert.rejects(started, { constructor: ConfigurationError, code: MISSING.code, message: MISSING.message });
  });

  test('makes the instances, and returns the constructors that threw', async (t) => {
    const bench = open(t);
    const hosted = bench.session.start(SLOTS);
    const next = receiveMessageOnPort(bench.session.workerPort);
    assert.deepEqual(next?.message, { type: 'host', slots: SLOTS });
    await bench.say({ type: 'hosted', failures: [{ slot: 0, error: CODELESS }] });
    const [failure, ...others] = await hosted;
    assert.deepEqual([failure?.slot, failure?.error.name, failure?.error.message], [0, 'TypeError', 'no']);
    assert.equal(others.length, 0);
  });

  for (const { error, kind } of [
    { error: MISSING, kind: ConfigurationError },
    { error: CODELESS, kind: Error },
  ]) {
    test(`fails with the class ${kind.name} when the thread cannot host over a ${error.name}`, async (t) => {
      const bench = open(t);
      const hosted = bench.session.start(SLOTS);
      await bench.say({ type: 'host_failed', error });
      await assert.rejects(hosted, { constructor: kind, message: error.message });
    });
  }

  for (const { isAwake, why } of [
    { isAwake: true, why: 'its promise has not settled' },
    { isAwake: false, why: 'it keeps its thread busy or blocked, or the machine is overloaded' },
  ]) {
    test(`that takes too long asks the thread, and says that ${why}`, async (t) => {
      t.mock.timers.enable({ apis: ['setTimeout'] });
      const bench = open(t);
      const step: StartStep = startStep('startup', './startup.mjs');
      const started = bench.session.runStartup();
      const ended = bench.session.startWatch.within(100, started, (error) => void bench.session.kill(error));
      const message = new RegExp(`\\(100 ms\\).*${why}$`);
      const failed = assert.rejects(ended, { code: 'STARTUP_FAILED', message });
      await bench.say({ type: 'began', step });
      t.mock.timers.tick(100);
      assert.deepEqual(posted(bench), ['startup', 'ask']);
      if (isAwake) await bench.say({ type: 'awake' });
      else t.mock.timers.tick(2_000);
      await failed;
    });
  }
});

describe('a session that serves', () => {
  test('passes log lines on, and gives the thread the credit for them back when the turn is over', async (t) => {
    const bench = open(t);
    const { memory } = bench.session.logCredit;
    const unwritten = new Int32Array(memory);
    const worker = new LogCredit(memory);
    const all: (number | undefined)[] = [];
    bench.onLog = () => all.push(unwritten[0]);
    for (const line of ['one', 'two']) {
      worker.take(line);
      bench.session.workerPort.postMessage({ type: 'log', line });
    }
    const before = unwritten[0];
    while (bench.events.length < 2) await endOfTurn();
    await endOfTurn();
    assert.deepEqual(bench.events, ['log one', 'log two']);
    assert.deepEqual(all, [before, before], 'not while lines may still be in the port');
    assert.equal(unwritten[0], 0);
  });

  test('tells the thread to abort its consumers', (t) => {
    const bench = open(t);
    bench.session.abort('the daemon is stopping');
    const next = receiveMessageOnPort(bench.session.workerPort);
    assert.deepEqual(next?.message, { type: 'abort', reason: 'the daemon is stopping' });
  });
});

describe('a session that is stopped', () => {
  test('posts the deliveries that wait before it ends the thread', (t) => {
    const bench = open(t);
    bench.offer('a');
    bench.session.stop(1_000).catch(() => undefined);
    assert.deepEqual(posted(bench), ['segment', 'deliver', 'stop']);
  });

  test('tells the thread the time that each caller leaves it, and resolves for all when it has ended', async (t) => {
    const bench = open(t);
    const ended = Promise.all([bench.session.stop(1_000), bench.session.stop(500)]);
    const { workerPort } = bench.session;
    assert.deepEqual(
      [receiveMessageOnPort(workerPort)?.message, receiveMessageOnPort(workerPort)?.message],
      [
        { type: 'stop', withinMs: 1_000 },
        { type: 'stop', withinMs: 500 },
      ],
    );
    await bench.say({ type: 'ended' });
    await ended;
  });

  test('posts nothing after the thread has ended', async (t) => {
    const bench = open(t);
    const ended = bench.session.stop(1_000);
    await bench.say({ type: 'ended' });
    await ended;
    posted(bench);
    bench.session.abort('too late');
    assert.deepEqual(posted(bench), []);
  });
});

describe('a session whose thread dies', () => {
  test('rejects all that is pending, with the reason', async () => {
    const bench = new SessionBench([0]);
    const pending = [bench.session.runStartup(), bench.session.start(SLOTS), bench.session.stop(1_000)];
    const cause = new Error('gone');
    bench.session.kill(cause);
    for (const each of pending) await assert.rejects(each, { ...DIED, constructor: ConsumerError, cause });
  });

  test('counts the answers that were posted before the death', () => {
    const bench = new SessionBench([0]);
    const claimId = bench.offer('a');
    bench.worker.begin(claimId);
    bench.worker.answer(claimId);
    const { cell, generation } = claimId;
    const reports = [cell, generation, ANSWER.ack | FINISHED];
    bench.session.workerPort.postMessage({ type: 'batch', reports, commands: [] });
    assert.deepEqual(bench.session.kill(new Error('gone')), []);
    assert.deepEqual(bench.events, ['settle a ack', 'finished a']);
  });

  test('reads no more than a second of what the thread has left', (t) => {
    let nowMs = 0;
    t.mock.method(performance, 'now', () => (nowMs += 300));
    const bench = new SessionBench([0]);
    for (let line = 1; line <= 10; line++) bench.session.workerPort.postMessage({ type: 'log', line: String(line) });
    bench.session.kill(new Error('gone'));
    assert.deepEqual(bench.events, ['log 1', 'log 2', 'log 3']);
  });

  test('returns its deliveries: which began, and which the thread has certainly not seen', () => {
    const bench = new SessionBench([0]);
    const [begun, answered] = ['begun', 'answered', 'offered'].map((name) => bench.offer(name));
    for (const claimId of [begun, answered]) bench.worker.begin(claimId ?? assert.fail());
    bench.worker.answer(answered ?? assert.fail());
    const orphans = bench.session.kill(new Error('gone'));
    assert.deepEqual(
      orphans.map(({ delivery, begun: hasBegun, isUnseen }) => [delivery.name, hasBegun, isUnseen]),
      [
        ['begun', true, false],
        ['answered', false, false],
        ['offered', false, true],
      ],
    );
  });

  test('posts nothing to it any more', async () => {
    const bench = new SessionBench([0]);
    bench.session.kill(new Error('gone'));
    const { workerPort } = bench.session;
    bench.session.abort('too late');
    assert.equal(receiveMessageOnPort(workerPort), undefined);
    await assert.rejects(bench.session.stop(1_000), DIED);
  });
});
