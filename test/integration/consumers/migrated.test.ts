import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';

/** test/fixtures/migrated: a project of the Python program, and the same ported by docs/migrating.md. */
const config = fixture('migrated/config.yml');
const CLEAN = { code: 0, signal: null };

test('a Python project ported by the migration page runs with its own YAML', async (t) => {
  const vhost = await testVhost(t);
  const channel = await vhost.channel();
  await channel.assertExchange('test_exchange', 'topic');
  await channel.assertExchange('rejected', 'fanout');
  for (const [queue, exchange, key] of [
    ['refused', 'rejected', ''],
    ['done', 'test_exchange', 'done'],
  ] as const) {
    await channel.assertQueue(queue);
    await channel.bindQueue(queue, exchange, key);
  }
  await channel.assertQueue('test_queue_2');

  const env = { LOGGING_FILE_CONFIG: fixture('migrated/logging.yml'), RABBITMQ_HEARTBEAT: '30' };
  const args = ['--config', config];
  const validated = await startDaemon(t, { args: [...args, '--validate'], env });
  assert.deepEqual(await validated.exit(), CLEAN, validated.stderr);

  const url = vhost.url.replace(`${vhost.host}:${vhost.port}`, `127.0.0.1:1,${vhost.host}:${vhost.port}`);
  const daemon = await startDaemon(t, { url, args, env });
  await daemon.ready();
  for (const kind of ['good', 'bad', 'busy', 'refused']) {
    const options = { headers: { source: 'shop' } };
    channel.publish('test_exchange', 'transaction.new', Buffer.from(JSON.stringify({ id: kind, kind })), options);
  }
  channel.sendToQueue('test_queue_2', Buffer.from('a,bb,ccc'));
  for (const id of ['good', 'bad', 'busy']) await daemon.waitForLine({ msg: new RegExp(`^done with ${id}$`) });
  await daemon.waitForLine({ msg: /^report 6$/ });
  await vhost.holds('refused', 1);
  await vhost.holds('done', 3);
  assert.deepEqual(await daemon.stop(), CLEAN);

  const done = await vhost.takeAll('done');
  for (const { content, properties } of done)
    assert.deepEqual([content.toString(), properties.headers?.['source']], ['New body!', 'shop']);
  for (const queue of ['test_queue', 'test_queue_2']) await vhost.holds(queue, 0);
  const closed = daemon.lines.filter(({ msg }) => /^closed a journal of \d+ bytes$/.test(String(msg)));
  assert.ok(closed.some(({ msg }) => msg !== 'closed a journal of 0 bytes'));
  assert.ok(
    daemon.lines.every(({ name }) => name !== 'amqp-dispatcher.amqplib'),
    'its connection logs errors only',
  );
});
