import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { WorkerClaims } from '../../../../src/bridge/index.js';
import { ConsumerError } from '../../../../src/errors/index.js';
import { waitFor } from '../../../support/wait.js';
import { makeDelivery } from '../../dispatch/fake-flow.js';
import { SupervisorBench } from '../line-bench.js';

const MINUTE_MS = 60_000;

/** A supervisor with a working thread, and its clock. */
async function serving(t: TestContext): Promise<[SupervisorBench, (ms: number) => void]> {
  let passedMs = 0;
  const now = performance.now.bind(performance);
  t.mock.method(performance, 'now', () => now() + passedMs);
  const bench = new SupervisorBench();
  t.after(() => bench.close());
  await bench.serve();
  return [bench, (ms) => void (passedMs += ms)];
}

async function said({ messages }: SupervisorBench, pattern: RegExp, times: number): Promise<void> {
  const what = (): string => `${pattern} ${times} times among ${messages.join('; ')}`;
  await waitFor(() => messages.filter((message) => pattern.test(message)).length === times, { what });
}

/** Ends the newest thread, and waits for its replacement. */
async function dies(bench: SupervisorBench, times: number): Promise<void> {
  bench.threads.at(-1)?.die(new Error('bad luck'));
  await said(bench, /is ready again/, times);
}

describe('the supervisor of a thread', () => {
  test('waits before it replaces a thread that dies soon after it replaced a dead one', async (t) => {
    const [bench] = await serving(t);
    await dies(bench, 1);
    await dies(bench, 2);
    await said(bench, /^restarting worker thread \d in 100 ms/, 1);
  });

  test('replaces rare deaths at once, however often threads are recycled between', async (t) => {
    const [bench, pass] = await serving(t);
    await dies(bench, 1);
    pass(MINUTE_MS);
    assert.equal(await bench.supervisor.recycle('the test wants it'), true);
    await said(bench, /^replaced worker thread/, 1);
    await dies(bench, 2);
    await said(bench, /^restarting worker thread/, 0);
  });

  test('uses the successor already starting to replace a thread that dies', async (t) => {
    const [bench] = await serving(t);
    const renewed = bench.supervisor.recycle('the test wants it');
    bench.threads[0]?.die(new Error('bad luck'));
    assert.equal(await renewed, true);
    await said(bench, /^replaced worker thread/, 1);
    assert.equal(bench.threads.length, 2);
    assert.equal(await bench.supervisor.recycle('once more'), true);
  });

  test('moves its slot to the thread that replaced a dead one, and to a successor', async (t) => {
    const [bench] = await serving(t);
    const { slot, flow, supervisor } = bench;
    const first = slot.link;
    assert.equal(first, supervisor.session.link);
    await dies(bench, 1);
    const second = slot.link;
    assert.notEqual(second, first);
    assert.equal(second, supervisor.session.link);
    assert.deepEqual(flow.events, ['slot died', 'slot up']);
    assert.equal(await supervisor.recycle('the test wants it'), true);
    await said(bench, /^replaced worker thread/, 1);
    assert.notEqual(slot.link, second);
    assert.equal(slot.link, supervisor.session.link);
    assert.deepEqual(flow.events, ['slot died', 'slot up', 'slot up']);
  });

  test('keeps the thread whose successor never creates its instances, and tries again when asked', async (t) => {
    const bench = new SupervisorBench(50);
    t.after(() => bench.close());
    await bench.serve();
    const old = bench.supervisor.session;
    bench.makesInstances = false;
    await assert.rejects(
      bench.supervisor.recycle('the test wants it'),
      /the constructor of \.\/a\.mjs:A has not returned within startup_timeout \(50 ms\)/,
    );
    assert.equal(bench.supervisor.session, old);
    bench.makesInstances = true;
    assert.equal(await bench.supervisor.recycle('the test wants it'), true);
    assert.notEqual(bench.supervisor.session, old);
  });

  test('keeps the thread whose successor lacks an instance', async (t) => {
    const [bench] = await serving(t);
    const old = bench.supervisor.session;
    bench.constructorError = new Error('no connection');
    await assert.rejects(bench.supervisor.recycle('the test wants it'), /no connection/);
    assert.equal(bench.supervisor.session, old);
    assert.deepEqual(
      bench.messages.filter((message) => message === 'stop'),
      ['stop'],
      'the successor undid its startup handler',
    );
    bench.constructorError = undefined;
    assert.equal(await bench.supervisor.recycle('the test wants it'), true);
    assert.notEqual(bench.supervisor.session, old);
  });
});

describe('a thread that does not serve yet', () => {
  test('shuts its resources down at a stop, once its startup handler has ended', async (t) => {
    const bench = new SupervisorBench();
    t.after(() => bench.close());
    await bench.supervisor.runStartup();
    await bench.supervisor.stop(1_000);
    assert.deepEqual(bench.messages, ['stop']);
  });

  test('is terminated at a stop while its startup handler runs, or while it is blocked', async (t) => {
    for (const blocks of [false, true]) {
      const bench = new SupervisorBench();
      t.after(() => bench.close());
      if (blocks) await bench.supervisor.runStartup();
      bench.threads[0]?.port.removeAllListeners('message');
      await bench.supervisor.stop(60_000);
      assert.deepEqual(bench.messages, []);
    }
  });
});

describe('a thread that is terminated', () => {
  test('is logged with its running messages before it ends, once, and not when idle', async (t) => {
    const bench = new SupervisorBench();
    t.after(() => bench.close());
    await bench.serve();
    const { link } = bench.supervisor.session;
    const [begun, answered, offered] = [makeDelivery(), makeDelivery(), makeDelivery()];
    const [first, second] = [begun, answered, offered].map((delivery) => {
      bench.slot.take(delivery, 0);
      return delivery.claim ?? assert.fail();
    });
    assert.ok(first !== undefined && second !== undefined);
    const claims = new WorkerClaims(link.claims.memory);
    for (const claimId of [first, second]) claims.begin(claimId);
    claims.answer(second);
    bench.supervisor.killThread(0, new ConsumerError('DELIVERY_TIMEOUT', 'too long'));
    bench.supervisor.killThread(0, new ConsumerError('DELIVERY_TIMEOUT', 'too long'));
    await waitFor(() => bench.messages.some((message) => /is ready again/.test(message)), { what: 'a new thread' });
    assert.equal(bench.messages[0], 'terminates: 2 run, too long, loops (a.js:1:1)');
    bench.supervisor.kill();
    assert.equal(bench.messages.filter((message) => message.startsWith('terminates')).length, 1);
  });

  for (const [what, stackOf, logged] of [
    ['does not come', () => new Promise<never>(() => undefined), 'no stack in time'],
    ['cannot be taken', () => Promise.reject(new Error('it ended')), 'no stack: it ended'],
  ] as const) {
    test(`is terminated without its stack, and logged so, if the stack ${what}`, async (t) => {
      const bench = new SupervisorBench();
      t.after(() => bench.close());
      await bench.serve();
      const delivery = makeDelivery();
      bench.slot.take(delivery, 0);
      new WorkerClaims(bench.supervisor.session.link.claims.memory).begin(delivery.claim ?? assert.fail());
      bench.stackOf = stackOf;
      bench.supervisor.killThread(0, new ConsumerError('DELIVERY_TIMEOUT', 'too long'));
      await waitFor(() => bench.messages.length > 0, { what: 'the end of the thread' });
      assert.equal(bench.messages[0], `terminates: 1 run, too long, ${logged}`);
    });
  }
});
