import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';

const contexts = fixture('contexts.mjs');
const MESSAGES = ['sync 1', 'waits 1', 'sync 2', 'waits 2', 'sync 3'];

/** The store that each call found; it must come from no other call. */
function foundBy(daemon: Daemon, where: string): unknown[] {
  return daemon
    .records()
    .filter((record) => record.where === where)
    .map(({ found }) => found);
}

async function visits(daemon: Daemon, where: string, times: number): Promise<unknown[]> {
  await daemon.waitForRecords((records) => records.filter((record) => record.where === where).length >= times);
  return foundBy(daemon, where);
}

test('the asynchronous context of a message reaches neither the next message nor another instance', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      startup_handler: `${contexts}:startup`,
      queues: [{ queue: 'q' }],
      consumers: [{ consumer: `${contexts}:Enters`, queue: 'q', consumer_count: 2, prefetch_count: 10 }],
    },
    args: ['--threads', '1'],
  });
  await daemon.ready();
  for (const text of MESSAGES) await vhost.publish('q', text);
  assert.deepEqual(
    await visits(daemon, 'consume', MESSAGES.length),
    MESSAGES.map(() => null),
  );
  assert.deepEqual(foundBy(daemon, 'constructor'), [null, null], 'nor what the startup handler entered');
  await daemon.stop();
  assert.deepEqual(foundBy(daemon, 'shutdown'), [null, null]);
});

for (const [consumer, what] of [
  ['Enters', 'its shutdown'],
  ['EntersAndGoes', 'no shutdown'],
] as const) {
  test(`the asynchronous context of a failed message does not reach the replacement, with ${what}`, async (t) => {
    const vhost = await testVhost(t);
    const daemon = await startDaemon(t, {
      url: vhost.url,
      config: {
        queues: [{ queue: 'q' }],
        consumers: [{ consumer: `${contexts}:${consumer}`, queue: 'q', retry: { attempts: 1 } }],
      },
      args: ['--threads', '1'],
    });
    await daemon.ready();
    const failing = ['throws 1', 'rejects 2', 'throws 3'];
    for (const text of failing) await vhost.publish('q', text);
    assert.deepEqual(await visits(daemon, 'constructor', 4), [null, null, null, null]);
    assert.deepEqual(foundBy(daemon, 'consume'), [null, null, null]);
    if (consumer === 'Enters') assert.deepEqual(foundBy(daemon, 'shutdown'), [null, null, null]);
  });
}

test('a middleware passes its context to its own message and to no other', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'q' }],
      consumers: [{ consumer: `${contexts}:Enters`, queue: 'q', middleware: [`${contexts}:traces`] }],
    },
    args: ['--threads', '1'],
  });
  await daemon.ready();
  for (const text of MESSAGES) await vhost.publish('q', text);
  assert.deepEqual(
    await visits(daemon, 'consume', MESSAGES.length),
    MESSAGES.map((text) => `trace ${text}`),
  );
  assert.deepEqual(
    foundBy(daemon, 'middleware'),
    MESSAGES.map(() => null),
  );
});

test('the asynchronous context of a batch reaches neither the next batch nor a replacement', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'q' }],
      consumers: [
        {
          consumer: `${contexts}:EntersBatches`,
          queue: 'q',
          batch: { size: 1, wait: '10ms' },
          retry: { attempts: 1 },
        },
      ],
    },
    args: ['--threads', '1'],
  });
  await daemon.ready();
  for (const text of ['one', 'throws', 'three']) await vhost.publish('q', text);
  assert.deepEqual(await visits(daemon, 'consume', 3), [null, null, null]);
  assert.deepEqual(foundBy(daemon, 'constructor'), [null, null]);
});

test('listeners of an aborted signal do not see the context that another listener entered', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'q' }],
      consumers: [{ consumer: `${contexts}:Enters`, queue: 'q', consumer_count: 3 }],
    },
    args: ['--threads', '1', '--shutdown-timeout', '100ms'],
  });
  await daemon.ready();
  for (const text of ['hangs 1', 'hangs 2', 'hangs 3']) await vhost.publish('q', text);
  await visits(daemon, 'consume', 3);
  await daemon.stop();
  assert.deepEqual(foundBy(daemon, 'abort'), [null, null, null]);
});
