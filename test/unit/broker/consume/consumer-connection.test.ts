import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { methodFrame } from '../../../support/amqp/amqp-frames.js';
import { closesChannel, closesConnection, type Reply } from '../broker-end.js';
import { RETRY_MS, STALL_MS } from '../broker-ends.js';
import { anExchange, aQueue, to } from '../topology/declarations.js';
import { ConsumerConnectionBench } from './consumer-connection-bench.js';

const NO_REPLY: Reply = () => undefined;
const INEQUIVALENT = closesChannel(406, "PRECONDITION_FAILED - inequivalent arg 'durable'");
const LIMIT = closesChannel(406, "PRECONDITION_FAILED - queue limit in vhost '/' (2) is reached");
const NOT_FOUND = closesChannel(404, "NOT_FOUND - no queue 'mail' in vhost '/'");
const LOGIN_REFUSED = closesConnection(403, 'ACCESS_REFUSED - Login was refused');
const ALL = ['QueueDeclare mail', 'QueueDeclare sms', 'BasicConsume mail', 'BasicConsume sms'];

describe('a consumer connection', () => {
  test('declares the topology, then subscribes to every queue', async (t) => {
    const exchanges = [anExchange('orders')];
    const bench = new ConsumerConnectionBench(t, ['mail', 'sms'], { exchanges });
    await bench.start();
    assert.deepEqual(bench.news(), ['ExchangeDeclare orders', ...ALL]);
    assert.deepEqual([bench.outcome, bench.connected], ['started', 1]);
    assert.deepEqual(bench.connection.server, { product: 'RabbitMQ', version: '4.3.6' });
  });

  test('has started only when every queue is consumed', async (t) => {
    const bench = new ConsumerConnectionBench(t);
    bench.once('BasicConsume sms', NO_REPLY);
    await bench.start();
    assert.equal(bench.outcome, 'waiting');
    const { channel } = bench.broker.askedFor('BasicConsume')[1] ?? assert.fail();
    bench.broker.say(methodFrame('BasicConsumeOk', channel, { consumerTag: 'tag of sms' }));
    await bench.brokers.settle();
    assert.equal(bench.outcome, 'started');
  });

  test('passes each delivery to the subscription of its queue', async (t) => {
    const bench = new ConsumerConnectionBench(t);
    await bench.start();
    const [mail, sms] = bench.broker.askedFor('BasicConsume').map(({ channel }) => channel);
    bench.broker.deliver(sms ?? 0, 1);
    bench.broker.deliver(mail ?? 0, 1);
    assert.deepEqual(bench.received, ['sms 1', 'mail 1']);
  });

  test('declares and subscribes again on the next connection, and logs only then that it consumes again', async (t) => {
    const bench = await ConsumerConnectionBench.started(t);
    assert.ok(!bench.log.messages.includes('consuming again'));
    await bench.lose();
    assert.deepEqual(bench.news(), []);
    await bench.pass(RETRY_MS);
    assert.deepEqual(bench.news(), ALL);
    assert.deepEqual([bench.connected, bench.log.messages.at(-1)], [2, 'consuming again']);
  });

  test('reconnects at once when it is woken', async (t) => {
    const bench = await ConsumerConnectionBench.started(t);
    await bench.lose();
    bench.connection.wake();
    await bench.brokers.settle();
    assert.deepEqual(bench.news(), ALL);
  });

  test('does not start when the broker refuses its user', async (t) => {
    const bench = new ConsumerConnectionBench(t);
    bench.once('ConnectionStartOk', LOGIN_REFUSED);
    await bench.start();
    assert.match(bench.outcome, /^BROKER_REFUSED .*user "guest".*Login was refused/);
  });
});

describe('a refused declaration', () => {
  test('ends the first start with the entry of the file', async (t) => {
    const bench = new ConsumerConnectionBench(t);
    bench.once('QueueDeclare mail', INEQUIVALENT);
    await bench.start();
    assert.match(bench.outcome, /^TOPOLOGY_MISMATCH queues\[mail\]: queue "mail" .*inequivalent arg 'durable'/);
    assert.deepEqual(bench.news(), ['QueueDeclare mail', 'QueueDeclare sms']);
  });

  test('over a limit is retried with a back-off, and the other queues are consumed meanwhile', async (t) => {
    const bench = new ConsumerConnectionBench(t);
    bench.times(2, 'QueueDeclare mail', LIMIT);
    bench.times(2, 'BasicConsume mail', NOT_FOUND);
    await bench.start();
    assert.deepEqual([bench.outcome, bench.news()], ['waiting', ALL]);
    assert.ok(bench.log.messages.includes(`topology incomplete; retrying in ${RETRY_MS} ms`));
    await bench.pass(RETRY_MS);
    assert.equal(bench.outcome, 'waiting');
    await bench.pass(2 * RETRY_MS);
    assert.equal(bench.outcome, 'started');
    assert.equal(bench.log.messages.filter((line) => line === 'subscribed to "mail" again').length, 1);
    bench.news();
    // Below the time after which a subscription counts the messages of its queue.
    await bench.pass(STALL_MS / 2);
    assert.deepEqual(bench.news(), []);
  });

  test('over a limit takes nothing down that needs it: neither its bindings nor its subscription', async (t) => {
    const queues = [aQueue('mail', { bindings: [to('orders')] })];
    const bench = new ConsumerConnectionBench(t, ['mail'], { queues });
    bench.once('QueueDeclare mail', LIMIT);
    bench.once('QueueBind mail', NOT_FOUND);
    bench.once('BasicConsume mail', NOT_FOUND);
    await bench.start();
    assert.equal(bench.outcome, 'waiting');
    assert.equal(bench.log.lines.filter(({ code }) => code === 'TOPOLOGY_MISMATCH').length, 1);
    await bench.pass(RETRY_MS);
    assert.equal(bench.outcome, 'started');
  });

  test('does not end the first start when the connection is lost as well', async (t) => {
    const bench = new ConsumerConnectionBench(t);
    bench.once('QueueDeclare mail', INEQUIVALENT);
    bench.once('QueueDeclare sms', closesConnection(320, 'CONNECTION_FORCED - shutdown'));
    await bench.start();
    assert.equal(bench.outcome, 'waiting');
    await bench.pass(RETRY_MS);
    assert.equal(bench.outcome, 'started');
  });

  test('after the first start is logged and retried until the broker accepts it', async (t) => {
    const bench = await ConsumerConnectionBench.started(t);
    bench.times(2, 'QueueDeclare sms', INEQUIVALENT);
    await bench.lose();
    await bench.pass(RETRY_MS);
    assert.deepEqual(bench.news(), ALL);
    const errors = bench.log.lines.filter(({ code }) => code === 'TOPOLOGY_MISMATCH');
    assert.match(String(errors[0]?.['msg']), /^queues\[sms\]: queue "sms" could not be declared/);
    await bench.pass(RETRY_MS);
    assert.deepEqual(bench.news(), ALL.slice(0, 2));
    await bench.pass(2 * RETRY_MS);
    assert.deepEqual(bench.news(), ALL.slice(0, 2));
    // Below the time after which a subscription counts the messages of its queue.
    await bench.pass(STALL_MS / 2);
    assert.deepEqual(bench.news(), []);
  });
});

describe('a refused subscription', () => {
  test('ends the first start with the entry of the file', async (t) => {
    const bench = new ConsumerConnectionBench(t);
    bench.once('BasicConsume sms', closesChannel(403, "ACCESS_REFUSED - queue 'sms' in exclusive use"));
    await bench.start();
    assert.match(bench.outcome, /^TOPOLOGY_MISMATCH consumers\[1\]: cannot consume from queue "sms": ACCESS_REFUSED/);
  });

  test('to a queue that the file declares and the broker lacks ends the first start too', async (t) => {
    const bench = new ConsumerConnectionBench(t);
    bench.once('BasicConsume mail', NOT_FOUND);
    await bench.start();
    assert.match(bench.outcome, /^TOPOLOGY_MISMATCH consumers\[0\]: .*no queue 'mail'/);
  });

  test('over a limit is retried at the first start', async (t) => {
    const bench = new ConsumerConnectionBench(t);
    bench.once('BasicConsume sms', closesChannel(406, 'PRECONDITION_FAILED - consumer limit (1) is reached'));
    await bench.start();
    assert.equal(bench.outcome, 'waiting');
    await bench.pass(RETRY_MS);
    assert.equal(bench.outcome, 'started');
  });

  test('after the first start is retried, and declares the topology first', async (t) => {
    const bench = await ConsumerConnectionBench.started(t);
    bench.once('BasicConsume sms', closesChannel(403, 'ACCESS_REFUSED - no'));
    await bench.lose();
    await bench.pass(RETRY_MS);
    bench.news();
    await bench.pass(RETRY_MS);
    assert.deepEqual(bench.news(), [...ALL.slice(0, 2), 'BasicConsume sms']);
    assert.equal(bench.log.messages.filter((line) => line === 'subscribed to "sms" again').length, 1);
  });
});

describe('a consumer connection that is stopped', () => {
  test('cancels every consumer and keeps the connection for the answers when it drains', async (t) => {
    const bench = await ConsumerConnectionBench.started(t);
    await bench.connection.drain();
    assert.deepEqual(bench.broker.briefly, ['BasicCancel 1', 'BasicCancel 2']);
  });

  test('closes its channels, then the connection, and opens no other', async (t) => {
    const bench = await ConsumerConnectionBench.started(t);
    await bench.connection.stop();
    assert.deepEqual(bench.broker.briefly, ['ChannelClose 1', 'ChannelClose 2', 'ConnectionClose 0']);
    await bench.pass(60_000);
    assert.equal(bench.brokers.all.length, 1);
  });

  test('ends its start when it drains before a broker is reached', async (t) => {
    const bench = new ConsumerConnectionBench(t);
    bench.brokers.prepare = () => assert.fail('nothing listens');
    await bench.start();
    assert.equal(bench.outcome, 'waiting');
    await bench.connection.drain();
    await bench.brokers.settle();
    assert.equal(bench.outcome, 'started');
  });

  test('subscribes to nothing and logs no refusal when it drains while it declares', async (t) => {
    const bench = await ConsumerConnectionBench.started(t);
    await bench.lose();
    bench.once('QueueDeclare mail', NO_REPLY);
    await bench.pass(RETRY_MS);
    await bench.connection.drain();
    const { channel } = bench.broker.askedFor('QueueDeclare')[0] ?? assert.fail();
    bench.broker.closeChannel(channel, 406, 'PRECONDITION_FAILED - no');
    await bench.brokers.settle();
    assert.deepEqual(bench.news(), ALL.slice(0, 2));
    assert.deepEqual(
      bench.log.lines.filter(({ code }) => code !== undefined),
      [],
    );
  });

  test('declares nothing on a connection that opens after the drain', async (t) => {
    const bench = await ConsumerConnectionBench.started(t);
    await bench.lose();
    await bench.connection.drain();
    await bench.pass(RETRY_MS);
    assert.deepEqual(bench.news(), []);
  });
});

describe('a queue that a consumer connection ensures', () => {
  test('is declared durable with its arguments when it is missing', async (t) => {
    const bench = await ConsumerConnectionBench.started(t);
    bench.once('QueueDeclare delay', closesChannel(404, "NOT_FOUND - no queue 'delay' in vhost '/'"));
    await bench.connection.ensureQueue('delay', { 'x-message-ttl': 1_000 });
    const [asked, declared] = bench.broker.askedFor('QueueDeclare').map(({ fields }) => fields);
    assert.equal(asked?.['passive'], true);
    assert.deepEqual([declared?.['passive'], declared?.['durable']], [false, true]);
    assert.deepEqual(declared?.['arguments'], { 'x-message-ttl': 1_000 });
  });

  test('is not declared when it exists', async (t) => {
    const bench = await ConsumerConnectionBench.started(t);
    await bench.connection.ensureQueue('delay', {});
    assert.deepEqual(bench.news(), ['QueueDeclare delay']);
  });

  test('fails before the first connection, and while the connection is down', async (t) => {
    const bench = new ConsumerConnectionBench(t);
    await assert.rejects(bench.connection.ensureQueue('delay', {}), { code: 'BROKER_UNREACHABLE' });
    await bench.start();
    await bench.lose();
    await assert.rejects(bench.connection.ensureQueue('delay', {}), { code: 'BROKER_UNREACHABLE' });
  });
});
