import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';

const consumers = fixture('consumers.mjs');

async function obeying(
  t: TestContext,
  queue: object = {},
): Promise<[Daemon, (text: string) => Promise<void>, Awaited<ReturnType<typeof testVhost>>]> {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'do', ...queue }, { queue: 'dead' }],
      consumers: [{ consumer: `${consumers}:Obeys`, queue: 'do', prefetch_count: 5 }],
    },
    args: ['--threads', '2'],
  });
  await daemon.ready();
  return [daemon, (text) => vhost.publish('do', text), vhost];
}

function begins(daemon: Daemon, id: string): unknown[] {
  return daemon
    .records()
    .filter((record) => record.event === 'begin' && record.id === id)
    .map(({ redelivered }) => redelivered);
}

test('after a throw shutdown(error) is awaited, the instance replaced, and the message redelivered', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'fail' }],
      consumers: [{ consumer: `${consumers}:Throws`, queue: 'fail', options: { shutdownMs: 300 } }],
    },
  });
  await daemon.ready();
  await vhost.publish('fail', 'it');
  await daemon.waitForRecords((records) => records.filter(({ event }) => event === 'begin').length === 2);
  const story = daemon
    .records()
    .map(({ event, error, name, redelivered }) =>
      [event, error ?? redelivered, name].filter((part) => part !== undefined),
    );
  assert.deepEqual(story, [
    ['constructed'],
    ['begin', false],
    ['shutdown began', 'cannot do it', 'TypeError'],
    ['shutdown ended'],
    ['constructed'],
    ['begin', true],
  ]);
  const line = await daemon.waitForLine({ msg: /^consume failed: cannot do it/ });
  const { queue, consumer, instance, thread, deliveryTag, redelivered } = line;
  assert.deepEqual(
    { queue, consumer, instance, thread, deliveryTag, redelivered },
    { queue: 'fail', consumer: 'Throws', instance: 0, thread: 0, deliveryTag: 1, redelivered: false },
  );
  assert.match(JSON.stringify(line.err), /consumers\.mjs/);
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  assert.equal(await vhost.messageCount('fail'), 0);
});

test('a second answer throws DELIVERY_ALREADY_SETTLED, and not awaiting it ends nothing', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: { queues: [{ queue: 'twice' }], consumers: [{ consumer: `${consumers}:AnswersTwice`, queue: 'twice' }] },
  });
  await daemon.ready();
  for (const id of ['a', 'b']) await vhost.publish('twice', id);
  const records = await daemon.waitForRecords(
    (all) => all.filter(({ event }) => event === 'second answer refused').length === 2,
  );
  assert.deepEqual(
    records.map(({ code, before, after, id }) => ({ code, before, after, id })),
    ['a', 'b'].map((id) => ({ code: 'DELIVERY_ALREADY_SETTLED', before: false, after: true, id })),
  );
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  assert.equal(await vhost.messageCount('twice'), 0);
});

for (const what of ['nack', 'reject', 'not an error', 'exit', 'timer']) {
  test(`after "${what}" the message is redelivered and done`, async (t) => {
    const [daemon, send, vhost] = await obeying(t);
    await send(what);
    await daemon.waitForRecords(() => begins(daemon, what).length === 2);
    assert.deepEqual(begins(daemon, what), [false, true]);
    await send('next');
    await daemon.waitForRecords(() => begins(daemon, 'next').length === 1);
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    assert.equal(await vhost.messageCount('do'), 0);
  });
}

test("a thread's death is logged with its cause, and messages that had not begun run without a failure", async (t) => {
  const [daemon, send] = await obeying(t);
  await Promise.all([send('exit'), send('one'), send('two'), send('three')]);
  await daemon.waitForRecords(
    () =>
      ['one', 'two', 'three', 'exit'].every(
        (id) => begins(daemon, id).includes(true) || begins(daemon, id).length > 0,
      ) && begins(daemon, 'exit').length === 2,
  );
  const died = await daemon.waitForLine({ msg: /worker thread 0 died: .*3/ });
  assert.equal(died.begun, 1);
  const failures = daemon.lines.filter(({ deaths }) => deaths !== undefined);
  assert.deepEqual(
    failures.map(({ level, deaths, routingKey }) => [level, deaths, routingKey]),
    [[40, 1, 'do']],
  );
  assert.match(String(failures[0]?.msg), /^requeued: thread death 1 of 3: .*3/);
  await daemon.waitForLine({ msg: /worker thread 0 is ready again/ });
});

test('reject without requeue sends the message to the dead-letter exchange of the queue', async (t) => {
  const [daemon, send, vhost] = await obeying(t, { x_dead_letter_exchange: '', x_dead_letter_routing_key: 'dead' });
  await send('drop');
  await daemon.waitForRecords(() => begins(daemon, 'drop').length === 1);
  await daemon.stop();
  assert.equal(await vhost.messageCount('dead'), 1);
  assert.equal(await vhost.messageCount('do'), 0);
});

test('a throw after the answer does not change the answer', async (t) => {
  const [daemon, send, vhost] = await obeying(t);
  await send('answer and throw');
  await daemon.waitForLine({ msg: /^consume failed: thrown after the answer/ });
  await daemon.stop();
  assert.deepEqual(begins(daemon, 'answer and throw'), [false]);
  assert.equal(await vhost.messageCount('do'), 0);
});

test('a consumer logs to the same stream, with the fields of its delivery', async (t) => {
  const [daemon, send] = await obeying(t);
  await send('log');
  const line = await daemon.waitForLine({ msg: /^hello from the consumer/ });
  const { name, level, queue, consumer, instance, thread, deliveryTag, redelivered, extra } = line;
  assert.deepEqual(
    { name, level, queue, consumer, instance, thread, deliveryTag, redelivered, extra },
    {
      name: 'amqp-dispatcher',
      level: 30,
      queue: 'do',
      consumer: 'Obeys',
      instance: 0,
      thread: 0,
      deliveryTag: 1,
      redelivered: false,
      extra: 1,
    },
  );
});

test('a busy daemon logs nothing per message at info, and each delivery at debug', async (t) => {
  const vhost = await testVhost(t);
  for (const level of ['info', 'debug']) {
    const daemon = await startDaemon(t, {
      url: vhost.url,
      config: { queues: [{ queue: 'log' }], consumers: [{ consumer: `${consumers}:Acks`, queue: 'log' }] },
      env: { AMQP_DISPATCHER_LOG_LEVEL: level },
    });
    await daemon.ready();
    await vhost.publish('log', 'x');
    await daemon.waitForRecords((records) => records.some(({ event }) => event === 'acked'));
    await daemon.stop();
    const lines = daemon.lines.filter(({ deliveryTag }) => deliveryTag === 1).map(({ msg }) => msg);
    assert.deepEqual(lines, level === 'info' ? [] : ['received', 'offered', 'answered: ack']);
  }
});

test("log lines and answers from just before a thread's death are not lost", async (t) => {
  const [daemon, send, vhost] = await obeying(t);
  await send('say and exit');
  await daemon.waitForLine({ msg: /^last words$/ });
  await daemon.waitForLine({ msg: /worker thread 0 died/ });
  await daemon.waitForLine({ msg: /worker thread 0 is ready again/ });
  await daemon.stop();
  assert.deepEqual(begins(daemon, 'say and exit'), [false]);
  assert.equal(await vhost.messageCount('do'), 0);
});

test('an instance whose constructor threw once works later, even if another instance starts slowly', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'q' }],
      consumers: [{ consumer: `${consumers}:StartsBadly`, queue: 'q', consumer_count: 2, prefetch_count: 20 }],
    },
    args: ['--threads', '2'],
  });
  await daemon.ready();
  await Promise.all(Array.from({ length: 20 }, (_, id) => vhost.publish('q', String(id))));
  const records = await daemon.waitForRecords((all) => all.filter(({ event }) => event === 'begin').length === 20);
  assert.deepEqual(
    new Set(records.filter(({ event }) => event === 'begin').map(({ instance }) => instance)),
    new Set([0, 1]),
  );
});

test('a thenable that is not a promise is awaited, and its rejection is a failure', async (t) => {
  const [daemon, send] = await obeying(t);
  await send('thenable');
  await daemon.waitForLine({ msg: /^consume failed: from a thenable/ });
  await daemon.waitForRecords(() => begins(daemon, 'thenable').length === 2);
});
