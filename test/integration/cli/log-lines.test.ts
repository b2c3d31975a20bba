import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { waitFor } from '../../support/wait.js';

const WARN = 40;
const speaking = fixture('speaking.mjs');

test('every log line about a message has its ids and routing key', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: { queues: [{ queue: 'q' }], consumers: [{ consumer: `${speaking}:Speaks`, queue: 'q' }] },
  });
  await daemon.ready();
  for (const n of [1, 2]) await vhost.publish('q', '', { messageId: `m-${n}`, correlationId: `c-${n}` });
  await daemon.waitForRecords((records) => records.filter(({ event }) => event === 'done').length === 2);
  const warning = await daemon.waitForLine({ msg: /^this delivery has already been answered/ });
  const idsOf = ({ messageId, correlationId, routingKey, deliveryTag }: typeof warning): unknown[] => [
    messageId,
    correlationId,
    routingKey,
    deliveryTag,
  ];
  const linesOf = (text: string): unknown[] => daemon.lines.filter(({ msg }) => msg === text).map(idsOf);
  assert.deepEqual(linesOf('as it is'), [
    ['m-1', 'c-1', 'q', 1],
    ['m-2', 'c-2', 'q', 2],
  ]);
  assert.deepEqual(linesOf('with its own'), [
    ['given', 'own', 'q', 1],
    ['given', 'own', 'q', 2],
  ]);
  assert.deepEqual(idsOf(warning), ['m-1', 'c-1', 'q', 1], 'the warning is of the message before');
  const bound = daemon.stdout.split('\n').find((line) => line.includes('with its own'));
  assert.equal(bound?.split('"correlationId"').length, 2, 'the field is written once');
});

test('a warning about one message of a batch has its ids', async (t) => {
  const vhost = await testVhost(t);
  const batch = { size: 3, wait: '10s' };
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: { queues: [{ queue: 'q' }], consumers: [{ consumer: `${speaking}:SpeaksOfMany`, queue: 'q', batch }] },
  });
  await daemon.ready();
  for (const n of [1, 2, 3]) await vhost.publish('q', '', { messageId: `m-${n}` });
  const warning = await daemon.waitForLine({ msg: /^this delivery has already been answered/ });
  assert.deepEqual([warning['messageId'], warning['deliveryTag'], warning['messages']], ['m-2', 2, undefined]);
});

test('a lost connection logs one line for all messages that ran, however they end', async (t) => {
  const vhost = await testVhost(t);
  const queues = ['a', 'b'];
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: queues.map((queue) => ({ queue })),
      consumers: queues.map((queue) => ({ consumer: `${speaking}:Outlasts`, queue, consumer_count: 12 })),
    },
  });
  await daemon.ready();
  const ends = ['answers', 'publishes', 'gives up', 'returns'].flatMap((how) => [how, how, how]);
  for (const queue of queues) for (const how of ends) await vhost.publish(queue, how);
  const begins = (redelivered: boolean): number =>
    daemon.records().filter((record) => record.redelivered === redelivered).length;
  await waitFor(() => begins(false) === 24, { what: 'all messages to run' });
  await waitFor(async () => (await vhost.connections()).length === 1, {
    what: 'the management view of the connection',
  });
  await vhost.closeConnections();
  await waitFor(() => begins(true) === 24, { what: 'all messages to run again' });
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  const lines = daemon.lines.filter(({ level }) => Number(level) >= WARN);
  const told = lines.map(({ level, msg, running, queues: lost }) => [
    level,
    running,
    lost,
    String(msg).replace(/:.*/, ''),
  ]);
  assert.equal(told.length, 2, JSON.stringify(told));
  assert.deepEqual(
    told.find(([, running]) => running !== undefined),
    [WARN, 24, { a: 12, b: 12 }, '24 running messages lost their channel and will be redelivered'],
  );
  assert.deepEqual(
    told.find(([, running]) => running === undefined),
    [WARN, undefined, undefined, 'connection lost'],
  );
});
