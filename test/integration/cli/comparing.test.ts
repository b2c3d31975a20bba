import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrokerUser } from '../../support/broker/broker-user.js';
import { testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';

const VALID = { code: 0, signal: null };
const INVALID = { code: 78, signal: null };
const CONSUMER = `${fixture('consumers.mjs')}:Acks`;
const args = ['--validate', '--broker'];

function problemsIn({ stderr }: Daemon): string[] {
  return stderr.split('\n').flatMap((line) => /^\S+:\d+:\d+ {2}(.*)$/.exec(line)?.[1] ?? []);
}

test('--broker accepts what the broker has and what it will be asked to create, and creates nothing', async (t) => {
  const vhost = await testVhost(t);
  const channel = await vhost.channel();
  await channel.assertExchange('shop', 'topic', { durable: true });
  await channel.assertQueue('q', { durable: true, arguments: { 'x-message-ttl': 1000 } });
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      exchanges: [
        { exchange: 'shop', type: 'topic' },
        { exchange: 'new', type: 'fanout' },
      ],
      queues: [
        { queue: 'q', x_message_ttl: 1000, bindings: [{ exchange: 'shop', routing_key: 'a' }] },
        { queue: 'new', bindings: [{ exchange: 'new' }] },
      ],
      consumers: [{ consumer: CONSUMER, queue: 'q' }],
    },
    args,
  });
  assert.deepEqual(await daemon.exit(), VALID, daemon.stderr);
  assert.match(daemon.stdout, /is valid \(queues: 2, consumers: 1, broker: RabbitMQ \d+\.\d+\.\d+.*\)\n$/);
  assert.deepEqual([...(await vhost.queueDepths()).keys()], ['q']);
  assert.equal((await vhost.ctl('list_bindings', 'source_name', '--quiet')).includes('shop'), false);
  assert.equal((await vhost.ctl('list_exchanges', 'name', '--quiet')).split('\n').includes('new'), false);
});

test('--broker reports each difference of a queue and an exchange with both values, and changes none', async (t) => {
  const vhost = await testVhost(t);
  const channel = await vhost.channel();
  await channel.assertExchange('shop', 'topic', { durable: true });
  await channel.assertQueue('q', {
    durable: true,
    arguments: { 'x-message-ttl': 1000, 'x-max-length': 5, 'x-dead-letter-exchange': 'dead' },
  });
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      exchanges: [{ exchange: 'shop', type: 'direct', durable: false }],
      queues: [
        { queue: 'q', durable: false, x_message_ttl: 2000, arguments: { 'x-max-length': 5, 'x-max-priority': 3 } },
      ],
      consumers: [{ consumer: CONSUMER, queue: 'q' }],
    },
    args,
  });
  assert.deepEqual(await daemon.exit(), INVALID);
  const problems = problemsIn(daemon);
  for (const expected of [
    /^exchanges\[0\]\.type {2}type is direct in the file and topic on the broker: PRECONDITION_FAILED - inequivalent arg/,
    /^exchanges\[0\]\.durable {2}durable is false in the file and true on the broker/,
    /^queues\[0\]\.durable {2}durable is false in the file and true on the broker/,
    /^queues\[0\]\.x_message_ttl {2}x-message-ttl is 2000 in the file and 1000 on the broker/,
    /^queues\[0\]\.arguments\.x-max-priority {2}x-max-priority is 3 in the file and not set on the broker/,
    /^queues\[0\] {2}x-dead-letter-exchange is not set in the file and dead on the broker/,
  ]) {
    assert.ok(
      problems.some((problem) => expected.test(problem)),
      `${expected} in\n${daemon.stderr}`,
    );
  }
  assert.equal(problems.length, 6, daemon.stderr);
  // The declaration of the test is still accepted, so nothing has changed.
  await channel.assertExchange('shop', 'topic', { durable: true });
});

test('--broker reports what must exist and does not', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      exchanges: [{ exchange: 'theirs', passive: true }],
      queues: [
        { queue: 'q', x_dead_letter_exchange: 'dead', bindings: [{ exchange: 'shop' }] },
        { queue: 'p', passive: true },
      ],
      consumers: [{ consumer: CONSUMER, queue: 'elsewhere' }],
    },
    args,
  });
  assert.deepEqual(await daemon.exit(), INVALID);
  assert.deepEqual(problemsIn(daemon).toSorted(), [
    'consumers[0].queue  is "elsewhere", and neither the file nor the broker has that queue',
    'exchanges[0]  is passive, and the broker has no exchange "theirs"',
    'queues[0].bindings[0].exchange  is "shop", and neither the file nor the broker has that exchange',
    'queues[1]  is passive, and the broker has no queue "p"',
  ]);
  assert.match(
    daemon.stderr,
    /^warning: .*x_dead_letter_exchange {2}is "dead", and neither the file nor the broker has/m,
  );
});

test('--broker reports an undeclared queue and exchange once, with the name that was meant', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      exchanges: [{ exchange: 'shop', type: 'topic' }],
      queues: [{ queue: 'orders', x_dead_letter_exchange: 'shpo', bindings: [{ exchange: 'shop' }] }],
      consumers: [{ consumer: CONSUMER, queue: 'ordres' }],
    },
    args,
  });
  assert.deepEqual(await daemon.exit(), INVALID);
  assert.deepEqual(
    daemon.stderr
      .split('\n')
      .filter((line) => /ordres|shpo/.test(line))
      .map((line) => line.replace(/\S+:\d+:\d+ {2}/, '')),
    [
      'warning: queues[0].x_dead_letter_exchange  is "shpo", and neither the file nor the broker has that exchange, did you mean "shop"?',
      'consumers[0].queue  is "ordres", and neither the file nor the broker has that queue, did you mean "orders"?',
    ],
  );
});

test('--broker calls a queue without a type classic', async (t) => {
  const vhost = await testVhost(t);
  await (await vhost.channel()).assertQueue('q', { durable: true });
  const config = {
    queues: [{ queue: 'q', x_queue_type: 'quorum' }],
    consumers: [{ consumer: CONSUMER, queue: 'q' }],
  };
  const daemon = await startDaemon(t, { url: vhost.url, config, args });
  assert.deepEqual(await daemon.exit(), INVALID);
  assert.match(
    daemon.stderr,
    /queues\[0\]\.x_queue_type {2}x-queue-type is quorum in the file and classic on the broker: PRECONDITION_FAILED/,
  );
});

test('--broker says what this release of RabbitMQ does with a transient queue, and says it once', async (t) => {
  const vhost = await testVhost(t);
  const config = {
    queues: [{ queue: 'q', durable: false }],
    consumers: [{ consumer: CONSUMER, queue: 'q' }],
  };
  const daemon = await startDaemon(t, { url: vhost.url, config, args });
  assert.deepEqual(await daemon.exit(), VALID, daemon.stderr);
  const [warning, ...others] = daemon.stderr.trimEnd().split('\n');
  assert.match(
    warning ?? '',
    /durable {2}is false, and the queue is not exclusive: .*, and RabbitMQ \d+\.\d+\.\d+\S* permits such queues/,
  );
  assert.deepEqual(others, []);
});

test('--broker names the plugin of an exchange type that the broker does not have, and goes on', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      exchanges: [{ exchange: 'later', type: 'x-delayed-message', arguments: { 'x-delayed-type': 'direct' } }],
      queues: [{ queue: 'p', passive: true }],
      consumers: [{ consumer: CONSUMER, queue: 'p' }],
    },
    args,
  });
  assert.deepEqual(await daemon.exit(), INVALID);
  const [type, queue] = problemsIn(daemon);
  assert.match(
    type ?? '',
    /^exchanges\[0\]\.type {2}is "x-delayed-message", which the broker does not have \(enable the plugin rabbitmq_delayed_message_exchange\): /,
  );
  assert.match(queue ?? '', /^queues\[0\] {2}is passive/);
});

test('--broker reports a missing permission in the words of the broker', async (t) => {
  const vhost = await testVhost(t);
  const channel = await vhost.channel();
  await channel.assertQueue('q', { durable: true });
  const user = await BrokerUser.create(t, vhost);
  await vhost.ctl('set_permissions', user.name, '^$', '.*', '.*');
  const daemon = await startDaemon(t, {
    url: user.through(vhost.url),
    config: { queues: [{ queue: 'q' }], consumers: [{ consumer: CONSUMER, queue: 'q' }] },
    args,
  });
  assert.deepEqual(await daemon.exit(), INVALID);
  assert.match(
    problemsIn(daemon).join('\n'),
    /^queues\[0\] {2}is refused by the broker: ACCESS_REFUSED - .*access to queue 'q'/,
  );
});

test('--broker reports a broker that refuses the user, or does not answer, without the password', async (t) => {
  const vhost = await testVhost(t);
  const config = { queues: [{ queue: 'q' }], consumers: [{ consumer: CONSUMER, queue: 'q' }] };
  const refused = await startDaemon(t, { url: vhost.url.replace('guest:guest', 'guest:wrong-word'), config, args });
  assert.deepEqual(await refused.exit(), INVALID);
  assert.match(refused.stderr, /^the broker at .* refused user "guest"/m);
  assert.doesNotMatch(refused.stderr, /wrong-word/);
  const silent = await startDaemon(t, { url: 'amqp://guest:guest@127.0.0.1:1/', config, args });
  assert.deepEqual(await silent.exit(), INVALID);
  assert.match(silent.stderr, /^cannot connect to 127\.0\.0\.1:1: .*ECONNREFUSED/m);
});

test('--broker places a difference in the included file, also with --only, and names references', async (t) => {
  const vhost = await testVhost(t);
  const channel = await vhost.channel();
  await channel.assertQueue('mail', { durable: true, arguments: { 'x-max-length': 5 } });
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: `include: [more.yml]\nqueues: [{queue: q}]\nconsumers: [{consumer: "${CONSUMER}", queue: q}]\n`,
    files: {
      'more.yml': `queues:
  - queue: mail
    x_max_length: \${LENGTH}
consumers:
  - {consumer: "${CONSUMER}", name: other, queue: q}
  - {consumer: "${CONSUMER}", name: chosen, queue: elsewhere}
`,
    },
    env: { LENGTH: '87654' },
    args: [...args, '--only', 'chosen'],
  });
  assert.deepEqual(await daemon.exit(), INVALID);
  assert.match(
    daemon.stderr,
    /^\S+\/more\.yml:3:19 {2}queues\[0\]\.x_max_length {2}x-max-length is \$\{LENGTH\} in the file and 5 on the broker/m,
  );
  assert.match(daemon.stderr, /^\S+\/more\.yml:6:\d+ {2}consumers\[1\]\.queue {2}is "elsewhere", and neither/m);
  assert.doesNotMatch(daemon.stderr, /87654/);
});
