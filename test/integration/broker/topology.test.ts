import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { recordsOf } from '../../support/json-record.js';

const consumers = fixture('consumers.mjs');

test('exchanges, queues, arguments, bindings, tags and prefetch are declared as in the file', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      exchanges: [
        { exchange: 'source', type: 'topic' },
        {
          exchange: 'target',
          type: 'fanout',
          auto_delete: true,
          durable: false,
          bindings: [{ exchange: 'source', routing_key: 'a.#' }],
        },
      ],
      queues: [
        {
          queue: 'full',
          x_dead_letter_exchange: 'target',
          x_dead_letter_routing_key: 'dead',
          x_max_length: 1000,
          x_expires: 600_000,
          x_message_ttl: 60_000,
          arguments: { 'x-max-priority': 5 },
          bindings: [
            { exchange: 'source', routing_key: 'transaction.*' },
            { exchange: 'source', routing_key: 'click.*' },
          ],
        },
        { queue: 'safe', x_queue_type: 'quorum' },
        { queue: 'brief', durable: false, auto_delete: true },
        { queue: 'mine', exclusive: true },
      ],
      consumers: [
        {
          consumer: `${consumers}:Acks`,
          queue: 'full',
          consumer_count: 2,
          prefetch_count: 10,
          arguments: { 'x-priority': 3 },
        },
        { consumer: `${consumers}:Returns`, queue: 'safe', consumer_count: 3 },
        { consumer: `${consumers}:Returns`, queue: 'brief' },
        { consumer: `${consumers}:Returns`, queue: 'mine' },
      ],
    },
    args: ['--threads', '2'],
  });
  const ready = await daemon.ready();
  assert.deepEqual(
    { queues: ready.queues, consumers: ready.consumers, instances: ready.instances, threads: ready.threads },
    { queues: 4, consumers: 4, instances: 7, threads: 2 },
  );

  const queues = recordsOf(
    await vhost.ctlJson('list_queues', 'name', 'durable', 'auto_delete', 'exclusive', 'arguments', 'type'),
  );
  const byName = new Map(queues.map((queue) => [queue.name, queue]));
  assert.equal(byName.size, 4);
  const text = JSON.stringify(byName.get('full'));
  for (const part of [
    'x-dead-letter-exchange',
    'target',
    'x-dead-letter-routing-key',
    'x-max-length',
    '1000',
    'x-expires',
    '600000',
    'x-message-ttl',
    '60000',
    'x-max-priority',
  ]) {
    assert.ok(text.includes(part), `${part} is missing in ${text}`);
  }
  assert.match(String(byName.get('safe')?.type), /quorum/);
  assert.equal(byName.get('brief')?.durable, false);
  assert.equal(byName.get('brief')?.auto_delete, true);
  assert.equal(byName.get('mine')?.exclusive, true);

  const bindings = recordsOf(
    await vhost.ctlJson('list_bindings', 'source_name', 'destination_name', 'routing_key'),
  ).map(
    ({ source_name: source, destination_name: destination, routing_key: key }) =>
      `${String(source)}>${String(destination)}:${String(key)}`,
  );
  for (const expected of ['source>target:a.#', 'source>full:transaction.*', 'source>full:click.*']) {
    assert.ok(bindings.includes(expected), `${expected} is missing in ${bindings.join(' ')}`);
  }
  const exchanges = recordsOf(await vhost.ctlJson('list_exchanges', 'name', 'type', 'durable', 'auto_delete'));
  assert.deepEqual(
    exchanges.find(({ name }) => name === 'target'),
    { name: 'target', type: 'fanout', durable: false, auto_delete: true },
  );

  const subscribed = recordsOf(
    await vhost.ctlJson('list_consumers', 'queue_name', 'consumer_tag', 'prefetch_count', 'ack_required', 'arguments'),
  );
  const prefetch = new Map(subscribed.map((consumer) => [consumer.queue_name, consumer.prefetch_count]));
  assert.deepEqual(Object.fromEntries(prefetch), { full: 10, safe: 3, brief: 1, mine: 1 });
  const full = subscribed.find(({ queue_name: queue }) => queue === 'full');
  assert.match(String(full?.consumer_tag), /^Acks\.0\./);
  assert.equal(full?.ack_required, true);
  assert.match(JSON.stringify(full?.arguments), /x-priority/);

  await vhost.publish('full', 'hello');
  const [record] = await daemon.waitForRecords((records) => records.length > 0);
  assert.equal(record?.consumerTag, full?.consumer_tag);
});

test('a passive queue and a passive exchange are used if they exist, and nothing is created', async (t) => {
  const vhost = await testVhost(t);
  const channel = await vhost.channel();
  await channel.assertQueue('there', { durable: false, arguments: { 'x-max-length': 7 } });
  await channel.assertExchange('around', 'headers');
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      exchanges: [{ exchange: 'around', passive: true }],
      queues: [
        {
          queue: 'there',
          passive: true,
          bindings: [{ exchange: 'around', arguments: { 'x-match': 'all', kind: 'a' } }],
        },
      ],
      consumers: [{ consumer: `${consumers}:Acks`, queue: 'there' }],
    },
  });
  await daemon.ready();
  await vhost.publishTo({ exchange: 'around', routingKey: '' }, 'by header', { headers: { kind: 'a' } });
  await daemon.waitForRecords((records) => records.some(({ id }) => id === 'by header'));
});

for (const { what, queues, exchanges, message } of [
  {
    what: 'a queue with other arguments',
    queues: [{ queue: 'taken', x_max_length: 8 }],
    exchanges: [],
    message:
      /:\d+:\d+ {2}queues\[0\]: queue "taken" could not be declared: .*PRECONDITION_FAILED - inequivalent arg 'x-max-length'/,
  },
  {
    what: 'a missing passive queue',
    queues: [
      { queue: 'taken', passive: true },
      { queue: 'nowhere', passive: true },
    ],
    exchanges: [],
    message: /:\d+:\d+ {2}queues\[1\]: queue "nowhere" could not be declared: .*NOT_FOUND/,
  },
  {
    what: 'a binding to a missing exchange',
    queues: [{ queue: 'new', bindings: [{ exchange: 'nowhere', routing_key: 'x' }] }],
    exchanges: [],
    message:
      /:\d+:\d+ {2}queues\[0\]\.bindings\[0\]: binding of queue "new" to exchange "nowhere" could not be declared: .*NOT_FOUND/,
  },
  {
    what: 'a queue that nobody declared',
    queues: [],
    exchanges: [],
    message: /:\d+:\d+ {2}consumers\[0\]: cannot consume from queue "new": .*NOT_FOUND/,
  },
]) {
  test(`${what} at the first start exits with 1 and names the entry and the broker's reason`, async (t) => {
    const vhost = await testVhost(t);
    await (await vhost.channel()).assertQueue('taken', { arguments: { 'x-max-length': 7 } });
    const daemon = await startDaemon(t, {
      url: vhost.url,
      config: { exchanges, queues, consumers: [{ consumer: `${consumers}:Acks`, queue: 'new' }] },
    });
    assert.deepEqual(await daemon.exit(), { code: 1, signal: null });
    assert.match(String(daemon.lines.at(-1)?.msg), message);
  });
}
