import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { ConsoleClient } from '../../support/daemon/console-client.js';
import { ctl } from '../../support/daemon/ctl.js';
import { CLEAN, PATIENCE_MS, Stage } from '../../support/daemon/stage.js';
import { isRecord } from '../../support/json-record.js';
import { residentMiB } from '../../support/processes/resident-memory.js';
import { waitFor } from '../../support/wait.js';

const CONSOLE = { http: { listen: '127.0.0.1:0', console: true } };

function numberIn(value: unknown, key: string): number {
  assert.ok(isRecord(value), JSON.stringify(value));
  const number = value[key];
  assert.ok(typeof number === 'number', JSON.stringify(value));
  return number;
}

test('the live events bring a sample a second and each action, also while every thread loops', async (t) => {
  const { daemon, vhost } = await Stage.ready(t, {
    consumer: 'failing.mjs:Slow',
    entry: { name: 'Slow', consumer_count: 2 },
    config: CONSOLE,
    args: ['--threads', '2'],
  });
  for (const id of ['a', 'b']) await vhost.publish('q', { id, how: 'loops' });
  await daemon.waitForRecords((all) => all.filter(({ event }) => event === 'begin').length === 2, PATIENCE_MS);
  const events = await (await ConsoleClient.of(daemon)).live();
  const first = await events.next('live');
  const second = await events.next('live');
  const passed = numberIn(second, 'at') - numberIn(first, 'at');
  assert.ok(passed > 0 && passed < 10_000, `${passed} ms`);
  assert.ok(isRecord(second) && Array.isArray(second['entries']));
  const [entry] = second['entries'].filter(isRecord);
  assert.deepEqual([entry?.['name'], entry?.['running']], ['Slow', 2]);
  const paused = ctl(daemon, 'pause', 'Slow');
  const action = await events.next('action');
  assert.ok(isRecord(action) && action['action'] === 'pause Slow', JSON.stringify(action));
  await paused;
  await events.close();
});

test('20 pages may be open: the next one is refused, and the probes answer', async (t) => {
  const { daemon } = await Stage.ready(t, { consumer: 'consumers.mjs:Acks', config: CONSOLE });
  const console = await ConsoleClient.of(daemon);
  const pages = await Promise.all(Array.from({ length: 20 }, () => console.live()));
  for (const page of pages) assert.ok(isRecord(await page.next('live')));
  const refused = await console.get('/api/live');
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '10']);
  for (const path of ['/livez', '/readyz', '/startupz', '/metrics', '/api/running']) {
    assert.equal((await console.get(path)).status, 200, path);
  }
  for (let count = 0; count < 50; count++)
    assert.equal((await console.get('/api/live', { method: 'HEAD' })).status, 200);
  await pages[0]?.close();
  await waitFor(async () => (await fetch(`${console.origin}/api/live`)).status === 200, { what: 'a place for a page' });
  assert.deepEqual(await daemon.stop(), CLEAN);
});

test('the stop of the daemon ends the streams of open pages', async (t) => {
  const { daemon } = await Stage.ready(t, { consumer: 'consumers.mjs:Acks', config: CONSOLE });
  const events = await (await ConsoleClient.of(daemon)).live();
  assert.ok(isRecord(await events.next('live')));
  const ended = events.ended();
  assert.deepEqual(await daemon.stop(), CLEAN);
  await ended;
});

test('pages that read nothing cost no memory and hold up no other page', async (t) => {
  const consumers = Array.from({ length: 300 }, (_, index) => ({
    consumer: './acks.mjs:Acks',
    name: `entry-with-a-long-name-${index}`,
    queue: 'q',
  }));
  const { daemon } = await Stage.ready(t, {
    consumer: 'consumers.mjs:Acks',
    config: { ...CONSOLE, consumers },
    files: { 'acks.mjs': 'export class Acks { async consume(amqp) { await amqp.ack(); } }\n' },
    args: ['--threads', '2'],
  });
  const console = await ConsoleClient.of(daemon);
  const { port } = new URL(console.origin);
  const slow: Socket[] = [];
  for (let count = 0; count < 15; count++) {
    const socket = connect({ host: '127.0.0.1', port: Number(port) });
    socket.on('error', () => undefined).pause();
    socket.write('GET /api/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
    slow.push(socket);
  }
  t.after(() => {
    for (const socket of slow) socket.destroy();
  });
  const events = await console.live();
  const size = JSON.stringify(await events.next('live')).length;
  assert.ok(size > 50_000, `a sample has ${size} bytes`);
  for (let count = 0; count < 5; count++) await events.next('live');
  const before = residentMiB(daemon.pid) ?? 0;
  for (let count = 0; count < 15; count++) assert.ok(isRecord(await events.next('live')));
  const grown = (residentMiB(daemon.pid) ?? 0) - before;
  t.diagnostic(`${size} bytes a sample; ${grown.toFixed(1)} MiB more after 15 samples`);
  assert.ok(grown < 48, `${grown} MiB`);
  await events.close();
});
