import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { GetMessage } from 'amqplib';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { waitFor } from '../../support/wait.js';

const failing = `${fixture('failing.mjs')}:Failing`;
const killing = `${fixture('returning.mjs')}:Returning`;
const ONCE = { attempts: 1 };

interface Options {
  readonly queue?: object;
  readonly entry?: object;
  readonly more?: readonly object[];
}

async function start(t: TestContext, vhost: TestVhost, { queue, entry, more = [] }: Options): Promise<Daemon> {
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      exchanges: [
        { exchange: 'jobs', type: 'topic' },
        { exchange: 'dlx', type: 'topic' },
      ],
      queues: [{ queue: 'q', bindings: [{ exchange: 'jobs', routing_key: '#' }], ...queue }, ...more],
      consumers: [{ consumer: failing, queue: 'q', retry: ONCE, ...entry }],
    },
    args: ['--threads', '1'],
  });
  await daemon.ready();
  return daemon;
}

async function take(vhost: TestVhost, queue: string): Promise<GetMessage> {
  const isThere = async (): Promise<boolean> => (await vhost.messageCount(queue).catch(() => 0)) > 0;
  await waitFor(isThere, { timeoutMs: 20_000, what: `a message in ${queue}` });
  const message = await (await vhost.channel()).get(queue, { noAck: true });
  assert.ok(message !== false);
  return message;
}

const GRAVES = { queue: 'graves', bindings: [{ exchange: 'dlx', routing_key: '#' }] };

for (const type of ['classic', 'quorum']) {
  const queue = { x_queue_type: type, x_dead_letter_exchange: 'dlx' };

  test(`a dead message arrives at the dead-letter exchange as if the broker had sent it: ${type} queue`, async (t) => {
    for (const routingKey of [undefined, 'grave']) {
      const vhost = await testVhost(t);
      const written = { ...queue, x_dead_letter_routing_key: routingKey ?? null };
      const daemon = await start(t, vhost, { queue: written, more: [GRAVES] });
      const messages = [
        {},
        { expiration: '60000', messageId: 'm', priority: 2, persistent: false },
        { headers: { own: 'x' } },
        { headers: { CC: ['jobs.more'] } },
      ];
      for (const properties of messages) {
        await vhost.publishTo({ exchange: 'jobs', routingKey: 'a.b' }, FAILS, properties);
        const ours = seen(await take(vhost, 'graves'), routingKey);
        const theirs = await brokersOwn(vhost, { type, routingKey, properties });
        assert.deepEqual(ours, theirs);
      }
      // A message that the broker has dead-lettered before.
      await dieInTime(vhost, 'jobs');
      const ours = seen(await take(vhost, 'graves'), routingKey);
      assert.deepEqual(ours, await brokersOwn(vhost, { type, routingKey, properties: undefined }));
      await daemon.stop();
    }
  });

  const nowhere = [
    { which: 'that nobody is bound to', exchange: 'dlx' },
    { which: 'that does not exist', exchange: 'no-such-exchange' },
  ];
  for (const { which, exchange } of nowhere) {
    test(`a dead message whose dead-letter exchange is one ${which} goes to QUEUE.dead: ${type} queue`, async (t) => {
      const vhost = await testVhost(t);
      const daemon = await start(t, vhost, { queue: { ...queue, x_dead_letter_exchange: exchange } });
      await vhost.publish('q', { id: 'x', fails: 9 });
      const { properties } = await take(vhost, 'q.dead');
      assert.equal(properties.headers?.['x-amqp-dispatcher-reason'], 'exhausted');
      const msg = `put into "q.dead" because dead-letter exchange "${exchange}" routed it to no queue: its only attempt failed`;
      await daemon.waitForLine(({ msg: text }) => String(text).startsWith(`${msg}: `));
      assert.equal(await vhost.messageCount('q'), 0);
    });
  }

  test(`the broker moves a dead message when the user may not publish to the exchange: ${type} queue`, async (t) => {
    const vhost = await testVhost(t);
    const daemon = await start(t, vhost, { queue, more: [GRAVES] });
    await vhost.publish('q', { id: 'first', fails: 0 });
    await waitFor(async () => (await vhost.messageCount('q')) === 0, { what: 'the first message to be done' });
    await vhost.ctl('set_permissions', 'guest', '.*', '^(jobs|q|graves|amq\\.default)$', '.*');
    await vhost.publish('q', { id: 'x', fails: 9 });
    const { properties } = await take(vhost, 'graves');
    assert.equal(properties.headers?.['x-first-death-reason'], 'rejected');
    assert.equal(properties.headers?.['x-amqp-dispatcher-reason'], undefined);
    await daemon.waitForLine({
      msg: /^rejected to dead-letter exchange "dlx", to which this user may/,
    });
  });

  test(`a message that killed its threads goes to the dead-letter exchange: ${type} queue`, async (t) => {
    const vhost = await testVhost(t);
    const entry = { consumer: killing, options: { how: 'exit' }, retry: undefined, max_deaths: 1 };
    const daemon = await start(t, vhost, { queue, entry, more: [GRAVES] });
    await vhost.publish('q', 'x');
    const { properties } = await take(vhost, 'graves');
    assert.equal(properties.headers?.['x-amqp-dispatcher-reason'], 'deaths');
    await daemon.waitForLine({ msg: /^published to dead-letter exchange "dlx": 1 thread died while it ran: / });
  });
}

test("a message at the delivery limit goes to the dead-letter exchange with the broker's reason", async (t) => {
  const vhost = await testVhost(t);
  const queue = { x_queue_type: 'quorum', x_dead_letter_exchange: 'dlx', arguments: { 'x-delivery-limit': 1 } };
  const entry = { consumer: killing, options: { how: 'throw' }, retry: undefined };
  await start(t, vhost, { queue, entry, more: [GRAVES] });
  await vhost.publish('q', 'x');
  const { properties } = await take(vhost, 'graves');
  const { headers = {} } = properties;
  assert.deepEqual(
    [headers['x-amqp-dispatcher-reason'], headers['x-first-death-reason'], headers['x-death']?.[0]?.reason],
    ['delivery-limit', 'delivery_limit', 'delivery_limit'],
  );
});

interface Twin {
  readonly type: string;
  readonly routingKey: string | undefined;
  /** Undefined: the message expired before. */
  readonly properties: object | undefined;
}

const FAILS = { id: 'x', fails: 9 };

/** Has the broker dead-letter a message to an exchange. */
async function dieInTime(vhost: TestVhost, exchange: string): Promise<void> {
  const channel = await vhost.channel();
  await channel.deleteQueue('before');
  const args = { 'x-message-ttl': 1, 'x-dead-letter-exchange': exchange, 'x-dead-letter-routing-key': 'a.b' };
  await channel.assertQueue('before', { arguments: args });
  await vhost.publish('before', FAILS, { headers: { own: 1 } });
}

/** The same message after the broker dead-letters it on a reject from an equal queue. */
async function brokersOwn(vhost: TestVhost, { type, routingKey, properties }: Twin): Promise<object> {
  const channel = await vhost.channel();
  await channel.deleteQueue('q2');
  await channel.assertQueue('q2', {
    arguments: {
      'x-queue-type': type,
      'x-dead-letter-exchange': 'dlx',
      ...(routingKey !== undefined && { 'x-dead-letter-routing-key': routingKey }),
    },
  });
  await channel.assertExchange('twin', 'topic');
  await channel.bindQueue('q2', 'twin', 'a.b');
  if (properties === undefined) await dieInTime(vhost, 'twin');
  else await vhost.publishTo({ exchange: 'twin', routingKey: 'a.b' }, FAILS, properties);
  let message: GetMessage | false = false;
  await waitFor(async () => (message = await channel.get('q2')) !== false, { what: 'the twin message' });
  channel.reject(message || assert.fail(), false);
  return seen(await take(vhost, 'graves'), routingKey);
}

/** The parts that are equal whether the daemon or the broker dead-letters a message. */
function seen({ fields, properties, content }: GetMessage, deadRoutingKey: string | undefined): object {
  const { headers: all = {}, ...rest } = properties;
  const { CC: _, ...others } = all;
  // With a dead-letter routing key RabbitMQ 4 keeps CC without routing by it; it would route a copy by its CC.
  const headers = deadRoutingKey === undefined ? all : others;
  const own = Object.entries(headers).filter(([name]) => !name.startsWith('x-amqp-dispatcher-'));
  const text = JSON.stringify(sorted(Object.fromEntries(own)), (_name, value: unknown) =>
    typeof value === 'object' && value !== null && 'routing-keys' in value ? sorted(value) : value,
  );
  return {
    exchange: fields.exchange,
    routingKey: fields.routingKey,
    properties: rest,
    body: content.toString(),
    // The two differ in queue names and by up to a second.
    headers: text
      .replaceAll('"q2"', '"q"')
      .replaceAll('"twin"', '"jobs"')
      .replaceAll(/"time":\{[^}]*\}/g, '"time":{}'),
  };
}

function sorted(table: object): object {
  return Object.fromEntries(Object.entries(table).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
