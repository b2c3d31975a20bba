import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { methodFrame } from '../../../support/amqp/amqp-frames.js';
import { closesChannel, closesConnection, type Reply } from '../broker-end.js';
import { RETRY_MS } from '../broker-ends.js';
import { ConsumerConnectionBench } from './consumer-connection-bench.js';

const NO_REPLY: Reply = () => undefined;
const NOT_ALLOWED = closesConnection(530, 'NOT_ALLOWED - no');
const LIMIT = closesConnection(530, 'NOT_ALLOWED - connection channel limit (2) is reached');
const REFUSED = closesChannel(406, 'PRECONDITION_FAILED - no');
const ACCEPTED: Reply = ({ channel }) =>
  methodFrame('QueueDeclareOk', channel, { queue: 'mail', messageCount: 0, consumerCount: 0 });
const FORCED = closesConnection(320, 'CONNECTION_FORCED - broker forced connection closure');
const DECLARED = ['QueueDeclare mail', 'QueueDeclare sms'];
const SUBSCRIBED = ['BasicConsume mail', 'BasicConsume sms'];
const MAIL_SKIPPED =
  'consumers[0]: the broker closed the connection over the subscription to "mail": NOT_ALLOWED - no; ' +
  'skipping it, and retrying it on a separate connection';
const TRIAL = 'dispatcher.trial broker:5672';

/** Loses the connection, and waits as long as the next `attempts` attempts take. */
async function reconnect(bench: ConsumerConnectionBench, attempts: number): Promise<void> {
  await bench.lose();
  for (let attempt = 0; attempt < attempts; attempt++) await bench.pass(RETRY_MS * 2 ** attempt);
}

/** One that has held its first subscription back: the broker closed the connection over it three times. */
async function holdingBack(t: TestContext): Promise<ConsumerConnectionBench> {
  const bench = await ConsumerConnectionBench.started(t);
  bench.times(3, 'BasicConsume mail', NOT_ALLOWED);
  await reconnect(bench, 3);
  bench.news();
  await bench.pass(8 * RETRY_MS);
  return bench;
}

function skipped({ log }: ConsumerConnectionBench): readonly string[] {
  return log.messages.filter((line) => line.includes('skipping it'));
}

describe('a connection that the broker closes over a request', () => {
  test('asks one by one on the next connection', async (t) => {
    const bench = await ConsumerConnectionBench.started(t);
    bench.once('BasicConsume mail', NOT_ALLOWED);
    await reconnect(bench, 1);
    assert.ok(!bench.log.messages.includes('consuming again'));
    bench.once('BasicConsume mail', NO_REPLY);
    bench.news();
    await bench.pass(2 * RETRY_MS);
    assert.deepEqual(bench.news(), [...DECLARED, 'BasicConsume mail']);
  });

  test('asks one by one on the next connection of the first start too', async (t) => {
    const bench = new ConsumerConnectionBench(t);
    bench.once('BasicConsume mail', NOT_ALLOWED);
    await bench.start();
    assert.equal(bench.outcome, 'waiting');
    bench.once('BasicConsume mail', NO_REPLY);
    bench.news();
    await bench.pass(RETRY_MS);
    assert.deepEqual(bench.news(), [...DECLARED, 'BasicConsume mail']);
  });

  test('asks all at once again when the broker was only shut down', async (t) => {
    const bench = await ConsumerConnectionBench.started(t);
    bench.once('BasicConsume mail', FORCED);
    await reconnect(bench, 1);
    bench.once('BasicConsume mail', NO_REPLY);
    bench.news();
    await bench.pass(2 * RETRY_MS);
    assert.deepEqual(bench.news(), [...DECLARED, ...SUBSCRIBED]);
  });

  test('ends the first start once its culprit is proven', async (t) => {
    const bench = new ConsumerConnectionBench(t);
    bench.times(2, 'QueueDeclare sms', NOT_ALLOWED);
    await bench.start();
    assert.equal(bench.outcome, 'waiting');
    await bench.pass(RETRY_MS);
    const why = 'the broker closed the connection over queue "sms": NOT_ALLOWED - no';
    assert.equal(bench.outcome, `TOPOLOGY_MISMATCH queues[sms]: ${why}`);
  });

  test('over a limit does not end the first start, and holds its request back at once', async (t) => {
    const bench = new ConsumerConnectionBench(t);
    bench.once('QueueDeclare sms', LIMIT);
    await bench.start();
    assert.deepEqual([bench.outcome, skipped(bench).length], ['waiting', 1]);
    bench.news();
    await bench.pass(RETRY_MS);
    assert.deepEqual(bench.news(), ['QueueDeclare mail', ...SUBSCRIBED]);
    await bench.pass(RETRY_MS);
    assert.equal(bench.outcome, 'started');
  });

  test('suspects nothing any more once everything is accepted', async (t) => {
    const bench = await ConsumerConnectionBench.started(t);
    bench.once('QueueDeclare mail', NOT_ALLOWED);
    await reconnect(bench, 2);
    bench.once('QueueDeclare mail', NOT_ALLOWED);
    await bench.lose();
    await bench.pass(4 * RETRY_MS);
    assert.deepEqual([skipped(bench), bench.news().at(-1)], [[], 'QueueDeclare mail']);
  });

  test('suspects a request once, although two recovering subscriptions notice the loss', async (t) => {
    const bench = await ConsumerConnectionBench.started(t);
    bench.once('QueueDeclare mail', NOT_ALLOWED);
    for (const channel of [1, 2]) bench.broker.closeChannel(channel, 406, 'PRECONDITION_FAILED - timed out');
    await bench.brokers.settle();
    await bench.pass(RETRY_MS);
    assert.deepEqual([bench.news(), skipped(bench)], [['QueueDeclare mail'], []]);
    assert.ok(bench.log.messages.includes('connection lost: NOT_ALLOWED - no'));
  });
});

describe('a request that is held back', () => {
  test('is logged once, and the other subscriptions consume', async (t) => {
    const bench = await holdingBack(t);
    assert.deepEqual(bench.news(), [...DECLARED, 'BasicConsume sms']);
    const line = bench.log.lines.find(({ msg }) => msg === MAIL_SKIPPED);
    assert.deepEqual([line?.['level'], line?.['code'], skipped(bench).length], [50, 'TOPOLOGY_MISMATCH', 1]);
    assert.equal(bench.log.messages.at(-1), `consumers[0]: skipped the subscription to "mail"; retrying in 100 ms`);
  });

  test('is tried on a connection of its own, and made again when the broker accepts that', async (t) => {
    const bench = await holdingBack(t);
    bench.news();
    await bench.pass(RETRY_MS);
    assert.equal(bench.brokers.attempts.at(-1), TRIAL);
    const [main, trial] = bench.brokers.all.slice(-2);
    assert.deepEqual(trial?.briefly, ['ChannelOpen 1', 'ConnectionClose 0']);
    assert.equal(main?.askedFor('BasicConsume')[0]?.fields['queue'], 'mail');
    assert.equal(bench.log.messages.at(-1), 'subscribed to "mail" again');
  });

  test('stays held back while its trial is refused, and waits longer each time', async (t) => {
    const bench = await holdingBack(t);
    bench.once('ChannelOpen', NOT_ALLOWED);
    bench.news();
    await bench.pass(RETRY_MS);
    assert.deepEqual(bench.log.messages.slice(-2), [
      'consumers[0]: the subscription to "mail" is still refused: NOT_ALLOWED - no',
      'consumers[0]: skipped the subscription to "mail"; retrying in 200 ms',
    ]);
    await bench.pass(RETRY_MS);
    assert.deepEqual(bench.news(), []);
    await bench.pass(RETRY_MS);
    assert.deepEqual(bench.news(), ['BasicConsume mail']);
    assert.equal(bench.brokers.attempts.filter((attempt) => attempt === TRIAL).length, 2);
  });

  test('is held back again when it ends the connection after an accepted trial', async (t) => {
    const bench = await holdingBack(t);
    bench.once('BasicConsume mail', NOT_ALLOWED);
    await bench.pass(RETRY_MS);
    assert.deepEqual(skipped(bench), [MAIL_SKIPPED, MAIL_SKIPPED]);
  });

  test('is retried in turn with the others that are held back', async (t) => {
    const bench = await ConsumerConnectionBench.started(t);
    bench.once('QueueDeclare mail', LIMIT);
    bench.once('QueueDeclare sms', LIMIT);
    await reconnect(bench, 2);
    await bench.pass(4 * RETRY_MS);
    bench.once('QueueDeclare mail', LIMIT);
    bench.news();
    const trials: string[] = [];
    for (const waits of [1, 2, 4]) {
      await bench.pass(waits * RETRY_MS);
      const trial = bench.brokers.all.at(-1)?.askedFor('QueueDeclare')[0];
      trials.push(String(trial?.fields['queue']));
      bench.news();
    }
    assert.deepEqual(trials, ['mail', 'sms', 'mail']);
  });

  test('that is refused for another reason after its trial is retried like any other', async (t) => {
    const bench = await ConsumerConnectionBench.started(t);
    bench.once('QueueDeclare mail', LIMIT);
    await reconnect(bench, 2);
    bench.once('QueueDeclare mail', ACCEPTED);
    bench.once('QueueDeclare mail', REFUSED);
    bench.news();
    await bench.pass(RETRY_MS);
    bench.news();
    await bench.pass(RETRY_MS);
    assert.deepEqual(bench.news(), DECLARED);
  });

  test('as a subscription that is refused for another reason after its trial is retried', async (t) => {
    const bench = await holdingBack(t);
    bench.once('BasicConsume mail', REFUSED);
    await bench.pass(RETRY_MS);
    assert.ok(!bench.log.messages.includes('subscribed to "mail" again'));
    await bench.pass(RETRY_MS);
    assert.ok(bench.log.messages.includes('subscribed to "mail" again'));
  });

  test('waits as short as at first when an earlier one has been accepted', async (t) => {
    const bench = await ConsumerConnectionBench.started(t);
    for (let time = 0; time < 2; time++) {
      bench.once('QueueDeclare mail', LIMIT);
      await reconnect(bench, 2);
      assert.equal(bench.log.messages.at(-1), 'queues[mail]: skipped queue "mail"; retrying in 100 ms');
      await bench.pass(10 * RETRY_MS);
    }
  });

  test('is not tried when the connection drains meanwhile', async (t) => {
    const bench = await holdingBack(t);
    await bench.connection.drain();
    await bench.pass(10 * RETRY_MS);
    assert.ok(!bench.brokers.attempts.includes(TRIAL));
  });

  test('as a declaration is tried by that declaration, and the topology is declared again', async (t) => {
    const bench = await ConsumerConnectionBench.started(t);
    bench.once('QueueDeclare mail', LIMIT);
    await reconnect(bench, 2);
    bench.news();
    await bench.pass(RETRY_MS);
    const [main, trial] = bench.brokers.all.slice(-2);
    assert.deepEqual(trial?.briefly, ['ChannelOpen 1', 'QueueDeclare 1', 'ConnectionClose 0']);
    const declared = main?.askedFor('QueueDeclare').map(({ fields }) => `QueueDeclare ${String(fields['queue'])}`);
    assert.deepEqual(declared, DECLARED);
  });
});
