import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { CLEAN, FAILED } from '../../support/daemon/stage.js';
import { startAtTerminal, type Terminal } from '../../support/daemon/terminal.js';
import { parseRecord } from '../../support/json-record.js';
import { TcpProxy } from '../../support/network/tcp-proxy.js';
import { waitFor } from '../../support/wait.js';

const QUESTION = /Type the queue's name, q\.dead, to delete 3 messages permanently: /;
const CLEAR_LINE = '\r\u001b[K';

async function buried(t: TestContext, count: number): Promise<TestVhost> {
  const vhost = await testVhost(t);
  const channel = await vhost.channel();
  for (const queue of ['q', 'q.dead']) await channel.assertQueue(queue);
  const headers = { 'x-amqp-dispatcher-queue': 'q', 'x-amqp-dispatcher-reason': 'exhausted' };
  const names = Array.from({ length: count }, (_, index) => `m-${index}`);
  await Promise.all(names.map((messageId) => vhost.publish('q.dead', `of ${messageId}`, { messageId, headers })));
  return vhost;
}

/** A terminal that shows the question of `dead purge`. */
async function purging(t: TestContext, vhost: TestVhost): Promise<Terminal> {
  const terminal = await startAtTerminal(t, { url: vhost.url, args: ['dead', 'purge', 'q'] });
  await terminal.shows(QUESTION);
  return terminal;
}

for (const [what, keys] of [
  ['the name without its ending', 'q\r'],
  ['yes', 'yes\r'],
  ['Ctrl-C', 'q.dead\x03'],
  ['Ctrl-D', '\x04'],
] as const) {
  test(`purge asks on a terminal, and deletes nothing for ${what}`, async (t) => {
    const vhost = await buried(t, 3);
    const terminal = await purging(t, vhost);
    terminal.type(keys);
    assert.deepEqual(await terminal.exit(), FAILED, terminal.screen);
    assert.match(terminal.screen, /nothing was deleted\r\n$/);
    assert.equal(await vhost.messageCount('q.dead'), 3);
  });
}

for (const args of [
  ['purge', 'q'],
  ['delete', 'q', '--limit', '3'],
]) {
  test(`one SIGTERM at the question ends ${args[0]}, which deletes nothing`, async (t) => {
    const vhost = await buried(t, 3);
    const terminal = await startAtTerminal(t, { url: vhost.url, args: ['dead', ...args] });
    await terminal.shows(/Type the queue's name, q\.dead, to delete 3 (?:of 3 )?messages permanently: /);
    await terminal.signal('SIGTERM');
    assert.deepEqual(await terminal.exit(), FAILED, terminal.screen);
    assert.match(terminal.screen, /nothing was deleted\r\n$/);
    await waitFor(async () => (await vhost.messageCount('q.dead')) === 3, { what: 'all messages to be back' });
  });
}

test('purge asks on a terminal, and deletes after the name of the queue', async (t) => {
  const vhost = await buried(t, 3);
  const terminal = await purging(t, vhost);
  assert.equal(await vhost.messageCount('q.dead'), 3);
  terminal.type('q.dead\r');
  assert.deepEqual(await terminal.exit(), CLEAN, terminal.screen);
  assert.match(terminal.screen, /deleted 3 of 3 messages of "q\.dead"\r\n$/);
  assert.equal(await vhost.messageCount('q.dead'), 0);
});

test('delete shows the selected messages, asks, and deletes only those after the name of the queue', async (t) => {
  const vhost = await buried(t, 3);
  const args = ['dead', 'delete', 'q', '--id', 'm-1'];
  for (const [keys, exit, result, left] of [
    ['yes\r', FAILED, /"yes" is not the queue's name, "q\.dead": nothing was deleted\r\n$/, 3],
    ['q.dead\r', CLEAN, /deleted 1 of 3 messages of "q\.dead"\r\n$/, 2],
  ] as const) {
    const terminal = await startAtTerminal(t, { url: vhost.url, args });
    await terminal.shows(/Type the queue's name, q\.dead, to delete 1 of 3 messages permanently: /);
    const lines = terminal.screen.split('\r\n');
    assert.deepEqual([lines.length, lines[0]?.slice(0, 3), lines[1]?.slice(0, 4)], [3, 'ID ', 'm-1 '], terminal.screen);
    terminal.type(keys);
    assert.deepEqual(await terminal.exit(), exit, terminal.screen);
    assert.match(terminal.screen, result);
    await waitFor(async () => (await vhost.messageCount('q.dead')) === left, { what: `${left} messages left` });
  }
});

test('dead prints a table or a sheet on a terminal, and JSON lines elsewhere', async (t) => {
  const vhost = await buried(t, 1);
  await vhost.publish('q.dead', 'x'.repeat(200), { messageId: 'm-1' });
  const listed = await startAtTerminal(t, { url: vhost.url, args: ['dead', 'list', 'q'] });
  assert.deepEqual(await listed.exit(), CLEAN, listed.screen);
  const rows = listed.screen.split('\r\n');
  assert.deepEqual(
    rows.map((row) => row.replace(/x+…$/, 'x…').split(/ {2,}/)),
    [
      ['ID', 'DIED AT', 'REASON', 'ATTEMPTS', 'ERROR', 'BODY'],
      ['m-0', '-', 'exhausted', '-', '-', 'of m-0'],
      ['m-1', '-', '-', '-', '-', 'x…'],
      ['2 of 2 messages in "q.dead"'],
      [''],
    ],
  );
  // This terminal has no size, so it reports 0 columns.
  assert.equal(rows[2]?.length, 100);
  const shown = await startAtTerminal(t, { url: vhost.url, args: ['dead', 'show', 'q', 'm-0'] });
  assert.deepEqual(await shown.exit(), CLEAN, shown.screen);
  assert.match(shown.screen, /^id +m-0\r\n[^{]*\r\nbody \(6 bytes\)\r\n {2}of m-0\r\n$/);

  const asked = await startAtTerminal(t, { url: vhost.url, args: ['dead', 'list', 'q', '--format', 'json'] });
  assert.deepEqual(await asked.exit(), CLEAN, asked.screen);
  const elsewhere = await startDaemon(t, { url: vhost.url, args: ['dead', 'list', 'q'] });
  assert.deepEqual(await elsewhere.exit(), CLEAN, elsewhere.stderr);
  for (const output of [asked.screen, elsewhere.stdout]) {
    const lines = output.trimEnd().split('\n').map(parseRecord);
    assert.deepEqual(
      lines.map((line) => line?.['id']),
      ['m-0', 'm-1'],
    );
  }
});

test('a long replay draws its progress on a terminal and clears it before the result', async (t) => {
  const count = 600;
  const vhost = await buried(t, count);
  const proxy = await TcpProxy.start({ port: vhost.port });
  t.after(() => proxy.close());
  // Read in eight batches of up to 256, each of which takes at least 100 ms: longer than the delay of the bar.
  proxy.delay(50);
  const url = vhost.url.replace(`${vhost.host}:${vhost.port}`, `${proxy.host}:${proxy.port}`);
  const replaying = await startAtTerminal(t, { url, args: ['dead', 'replay', 'q'] });
  assert.deepEqual(await replaying.exit(), CLEAN, replaying.screen);
  const pieces = replaying.screen.split(CLEAR_LINE);
  assert.equal(pieces.at(-1), `replayed ${count} of ${count} messages of "q.dead"\r\n`);
  const drawn = pieces.slice(1, -1).filter((piece) => piece !== '');
  const done = drawn.map((piece) => Number(/^(?:reading|replaying) █*░* (\d+) of 600 \(\d+ %\)$/.exec(piece)?.[1]));
  assert.ok(done.length > 0 && done.every((each) => each > 0 && each <= count), replaying.screen);
  // First it reads all, then it replays.
  const turn = drawn.findIndex((piece) => piece.startsWith('replaying'));
  assert.ok(turn > 0, replaying.screen);
  for (const part of [done.slice(0, turn), done.slice(turn)]) {
    assert.deepEqual(
      part,
      part.toSorted((one, other) => one - other),
    );
  }
  assert.deepEqual([await vhost.messageCount('q'), await vhost.messageCount('q.dead')], [count, 0]);
});
