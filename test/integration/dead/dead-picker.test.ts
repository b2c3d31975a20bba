import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dump } from 'js-yaml';
import { CLEAN, FAILED } from '../../support/daemon/stage.js';
import { startAtTerminal } from '../../support/daemon/terminal.js';
import { fits, shows } from '../../support/daemon/terminal-screen.js';
import { bury, deadQueues, holds } from './dead-parts.js';

const CONFIG = dump({
  queues: [
    { queue: 'orders', x_dead_letter_exchange: 'dlx' },
    { queue: 'orders.dlq', bindings: [{ exchange: 'dlx', routing_key: '#' }] },
  ],
  consumers: ['q', 'orders'].map((queue) => ({ consumer: './absent.js', queue })),
});
const files = { 'config.yml': CONFIG };

test('browse without a queue shows all dead queues of the file, opens one, and counts it again', async (t) => {
  const vhost = await deadQueues(t, 'classic');
  const channel = await vhost.channel();
  await channel.assertQueue('orders');
  for (const id of ['a', 'b', 'c']) await bury(vhost, id, 60);
  await bury(vhost, 'd', 120, { headers: { 'x-amqp-dispatcher-error-type': 'RangeError' } });
  const terminal = await startAtTerminal(t, { url: vhost.url, files, args: ['dead', 'browse'] });
  // A queue that is not there yet has no messages.
  await shows(
    terminal,
    /^ dead queues {2}1\/3 {2}4 messages\n {2}QUEUE +MESSAGES +OLDEST +ERRORS\n {2}q\.dead +4 +\d+d +TypeError E_TEST 3, RangeError 1\n {2}orders\.dead +0 +-\n {2}orders\.dlq +0 +-\n/,
  );
  await terminal.resize({ columns: 45, rows: 20 });
  await shows(
    terminal,
    /^ dead queues {2}1\/3 {2}4 messages\n.*\n {2}q\.dead +4 +\d+d +Type.*…\n(?:.*\n){16}h help {2}q quit/,
  );
  fits(terminal, { columns: 45, rows: 20 });
  for (const [keys, expected] of [
    ['h', /^ help/],
    ['q', /^ dead queues {2}1\/3/],
    ['\r', /^ q\.dead {2}1\/4\n[\s\S]*h help {2}q back/],
    ['Ddelete\r', /deleted 1/],
    ['q', /^ dead queues {2}1\/3 {2}3 messages\n.*\n {2}q\.dead +3 /],
    ['j\r', /^ orders\.dead {2}0\/0\n/],
    ['q', /^ dead queues {2}2\/3/],
    // The broker knows no such queue, and no queue that its name is made of.
    ['G\r', /^ dead queues {2}3\/3[\s\S]*cannot read "orders\.dlq": no such queue/],
  ] as const) {
    terminal.type(keys);
    await shows(terminal, expected);
  }
  await channel.assertQueue('orders.dlq');
  await vhost.publish('orders.dlq', 'by hand', { messageId: 'x' });
  await holds(vhost, { 'orders.dlq': 1 });
  terminal.type('R');
  await shows(terminal, /^ dead queues {2}3\/3 {2}4 messages\n(?:.*\n){3} {2}orders\.dlq +1 /);
  terminal.type('\r');
  await shows(terminal, /^ orders\.dlq {2}1\/1\n {2}ID[^\n]*\n {2}x /);
  terminal.type('qq');
  assert.deepEqual(await terminal.exit(), CLEAN);
  await holds(vhost, { 'q.dead': 3, 'orders.dlq': 1 });
});

test('browse without a queue ends with SIGTERM in the list of queues and in a queue', async (t) => {
  const vhost = await deadQueues(t, 'classic');
  await bury(vhost, 'a', 60);
  for (const keys of ['', '\r']) {
    const terminal = await startAtTerminal(t, { url: vhost.url, files, args: ['dead', 'browse'] });
    await shows(terminal, /^ dead queues {2}1\/3 {2}1 message\n/);
    terminal.type(keys);
    if (keys !== '') await shows(terminal, /^ q\.dead {2}1\/1\n/);
    await terminal.signal('SIGTERM');
    assert.deepEqual(await terminal.exit(), FAILED);
    assert.ok(terminal.screen.endsWith('\u001b[?1049l'), JSON.stringify(terminal.screen));
  }
});

test('browse without a queue says that it needs a configuration file, with exit code 78', async (t) => {
  const vhost = await deadQueues(t, 'classic');
  const terminal = await startAtTerminal(t, { url: vhost.url, args: ['dead', 'browse'] });
  assert.deepEqual(await terminal.exit(), { code: 78, signal: null });
  assert.match(terminal.screen, /config\.yml/);
});
