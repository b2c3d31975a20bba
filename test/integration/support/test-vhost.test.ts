import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect } from 'amqplib';
import { testVhost } from '../../support/broker/test-vhost.js';

test('a test publishes and counts in its own virtual host', async (t) => {
  const mine = await testVhost(t);
  const other = await testVhost(t);
  for (const vhost of [mine, other]) await (await vhost.channel()).assertQueue('q');

  await mine.publish('q', { n: 1 }, { priority: 3 });
  await mine.publish('q', 'text');

  assert.equal(await mine.messageCount('q'), 2);
  assert.equal(await other.messageCount('q'), 0);
  const received = await (await mine.channel()).get('q');
  assert.ok(received);
  assert.equal(received.content.toString(), '{"n":1}');
  assert.equal(received.properties.priority, 3);
  assert.deepEqual((await mine.queueDepths()).get('q'), { ready: 1, unacked: 1 });
});

test('a test lists and closes the connections of its virtual host, except its own', async (t) => {
  const vhost = await testVhost(t);
  await (await vhost.channel()).assertQueue('q');
  const client = await connect(vhost.url, { clientProperties: { connection_name: 'a "quoted" client' } });
  client.on('error', () => {});
  const [listed] = await vhost.connections();
  assert.equal(listed?.clientName, 'a "quoted" client');

  const closed = once(client, 'close');
  assert.equal(await vhost.closeConnections('because'), 1);
  const [reason]: unknown[] = await closed;

  assert.match(String(reason), /CONNECTION_FORCED.*because/);
  assert.equal(await vhost.messageCount('q'), 0, "the test's own connection lives");
});

test('a test continues after a failed call closed its channel', async (t) => {
  const vhost = await testVhost(t);
  await assert.rejects(vhost.messageCount('absent'), /NOT_FOUND/);
  await (await vhost.channel()).assertQueue('present');
  assert.equal(await vhost.messageCount('present'), 0);
});

test('a test disables and enables its broker', async (t) => {
  const vhost = await testVhost(t);
  await (await vhost.channel()).assertQueue('durable');
  await vhost.publish('durable', 'kept');

  await vhost.broker.stopApp();
  await assert.rejects(connect(vhost.url), /ECONNREFUSED/);
  await vhost.broker.startApp();

  assert.equal(await vhost.messageCount('durable'), 1);
});
