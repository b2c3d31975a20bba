import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { HELP_TEXT } from '../../../src/cli/dead/browse/help-page.js';
import type { TestVhost } from '../../support/broker/test-vhost.js';
import { type DaemonExit, startDaemon } from '../../support/daemon/daemon.js';
import { CLEAN, FAILED } from '../../support/daemon/stage.js';
import { startAtTerminal, type Terminal } from '../../support/daemon/terminal.js';
import { assertRestored, fits, LEFT, screenOf, shows } from '../../support/daemon/terminal-screen.js';
import { waitFor } from '../../support/wait.js';
import { bury, deadQueues, drainedIds, holds } from './dead-parts.js';

async function browsing(t: TestContext, vhost: TestVhost, afterwards?: string): Promise<Terminal> {
  return startAtTerminal(t, {
    url: vhost.url,
    args: ['dead', 'browse', 'q'],
    ...(afterwards !== undefined && { afterwards }),
  });
}

async function buried(t: TestContext, type = 'classic', count = 40): Promise<TestVhost> {
  const vhost = await deadQueues(t, type);
  for (let each = 0; each < count; each++) {
    const headers = each % 2 === 0 ? {} : { 'x-amqp-dispatcher-error-type': 'RangeError', tenant: '日本' };
    await bury(vhost, `m-${each}`, each, { headers });
  }
  return vhost;
}

for (const type of ['classic', 'quorum']) {
  test(`the browser filters, looks, searches, marks, replays and deletes: ${type} queue`, async (t) => {
    const vhost = await buried(t, type);
    const terminal = await browsing(t, vhost);
    await shows(terminal, /^ q\.dead {2}1\/40\n {2}ID +AGE[\s\S]*\n {2}m-0 +\d+d +exhausted +- +TypeError E_TEST/);
    // While it looks it holds nothing.
    await holds(vhost, { 'q.dead': 40 });
    for (const [keys, expected] of [
      ['G', /^ q\.dead {2}40\/40\n[\s\S]*\n {2}m-39 /],
      ['g', /^ q\.dead {2}1\/40\n/],
      [' ', /^ q\.dead {2}22\/40\n/],
      ['b', /^ q\.dead {2}1\/40\n/],
      ['jjk', /^ q\.dead {2}2\/40\n/],
      ['/M-3\r', /not found: M-3/],
      ['/m-3\r', /^ q\.dead {2}4\/40\n/],
      ['n', /^ q\.dead {2}31\/40\n/],
      ['N', /^ q\.dead {2}4\/40\n/],
      // Escape and the next key may arrive together.
      ['/lost\u001bG', /^ q\.dead {2}40\/40\n/],
      ['/m-3\r', /^ q\.dead {2}4\/40\n/],
      // Nothing can be changed from the help.
      ['h', /^ help[\s\S]*replay[\s\S]*\nq back {2}space more {2}\/ search {2}n next$/],
      ['q', /^ q\.dead {2}4\/40\n/],
      ['\r', /^ m-3 {2}\d+%\nid +m-3\n[\s\S]*error +RangeError/],
      ['G', /^ m-3 {2}100%\n[\s\S]*body \(11 bytes\)\n {2}body of m-3/],
      ['q', /^ q\.dead {2}4\/40\n/],
      ['&', /& ▏ \(error-type=TypeError older=2h word, Enter: go, Escape: back\)$/],
      ['older=soon\r', /& older=soon▏ \("soon" is not an age/],
      ['\u0015m-999\r', /^ q\.dead {2}0\/0 {2}& m-999\n {2}ID.*\n {2}no message matches; & and Enter shows all\n/],
      // The arrow up brings the last filter back.
      ['&\u001b[A', /& m-999▏$/],
      [
        '\u0015error-type=RangeError header.tenant=日本\r',
        /^ q\.dead {2}\d+\/20 {2}& error-type=RangeError header\.tenant=日本\n {2}ID/,
      ],
      ['gmm', /^ q\.dead {2}3\/20 {2}2 marked/],
      ['', /r replay 2 marked {2}D delete 2 marked.* {2}…$/],
      ['r', /Replay 2 messages\? Type y: ▏ \(Enter: go, Escape: back\)$/],
      ['n\r', /nothing was changed/],
      ['ry\r', /replayed 2$/],
    ] as const) {
      terminal.type(keys);
      await shows(terminal, expected);
    }
    await holds(vhost, { q: 2, 'q.dead': 38 });
    terminal.type('&\r');
    await shows(terminal, /\/38\n/);
    terminal.type('gMD');
    await shows(terminal, /Type delete to delete 38 messages: ▏ \(Enter: go, Escape: back\)$/);
    terminal.type('yes\r');
    await shows(terminal, /nothing was changed/);
    terminal.type('Mm');
    await shows(terminal, / 1 marked/);
    // Somebody else takes one of them meanwhile.
    await vhost.ctl('purge_queue', 'q.dead');
    terminal.type('Ddelete\r');
    await shows(terminal, /^ q\.dead {2}0\/0\n[\s\S]*deleted 0; 1 no longer there$/);
    terminal.type('q');
    assert.deepEqual(await terminal.exit(), CLEAN);
    assert.ok(terminal.screen.endsWith(LEFT));
    assert.deepEqual(await drainedIds(vhost, 'q'), ['m-1', 'm-3']);
  });
}

for (const [how, quit, exit] of [
  ['q', (terminal: Terminal) => terminal.type('q'), CLEAN],
  ['Ctrl-C', (terminal: Terminal) => terminal.type('\u0003'), FAILED],
  ['Ctrl-C in a question', (terminal: Terminal) => terminal.type('D\u0003'), FAILED],
  ['SIGTERM', (terminal: Terminal) => terminal.signal('SIGTERM'), FAILED],
] as const) {
  test(`the browser restores the screen and the modes of the terminal: ${how}`, async (t) => {
    const vhost = await buried(t, 'classic', 1);
    const terminal = await browsing(t, vhost, 'stty -a');
    await shows(terminal, /1\/1/);
    await quit(terminal);
    assert.deepEqual(await terminal.exit(), exit);
    assertRestored(terminal);
    await holds(vhost, { 'q.dead': 1 });
  });
}

test('the browser keeps its list, pages and help usable when the terminal becomes 45 by 20', async (t) => {
  const vhost = await buried(t);
  const terminal = await browsing(t, vhost);
  await shows(terminal, /1\/40\n {2}ID +AGE +REASON +TRIES +ERROR +BODY/);
  terminal.type('jjm');
  await shows(terminal, / 1 marked/);
  await terminal.resize({ columns: 45, rows: 20 });
  // The columns that matter most stay; the cursor and the mark do, too.
  await shows(terminal, /^ q\.dead {2}4\/40 {2}1 marked\n {2}ID +AGE +(?:REASON +)?ERROR *\n(?:.*\n){2}\* m-2 /);
  for (const [keys, expected] of [
    [' ', /^ q\.dead {2}21\/40 {2}1 marked\n(?:.*\n)+ {2}m-20 +\d+d/],
    ['G', /^ q\.dead {2}40\/40 /],
    ['\r', /^ m-39 {2}\d+%\nid +m-39\n/],
    ['q', /^ q\.dead {2}40\/40 /],
    ['h', /^ help {2}\d+%\nNothing is held back /],
  ] as const) {
    terminal.type(keys);
    await shows(terminal, expected);
    fits(terminal, { columns: 45, rows: 20 });
  }
  let help = '';
  for (let rows = 0; rows < 60 && !screenOf(terminal.screen).includes('help  100%'); rows += 18) {
    help += screenOf(terminal.screen);
    const before = screenOf(terminal.screen).split('\n')[0];
    terminal.type(' ');
    await waitFor(() => screenOf(terminal.screen).split('\n')[0] !== before, { what: 'the next page of the help' });
  }
  help += screenOf(terminal.screen);
  const words = new Set(help.match(/[A-Za-z-]+/g));
  for (const word of HELP_TEXT.match(/[A-Za-z-]+/g) ?? []) assert.ok(words.has(word), `${word} is broken:\n${help}`);
  terminal.type('qq');
  assert.deepEqual(await terminal.exit(), CLEAN);
});

test('the browser shows the conditions of its command, and that no message meets them', async (t) => {
  const vhost = await buried(t, 'classic', 2);
  const browse = (...flags: readonly string[]) =>
    startAtTerminal(t, { url: vhost.url, args: ['dead', 'browse', 'q', ...flags] });
  const some = await browse('--where', 'error-type=RangeError', '--where', 'cause~no route');
  await shows(
    some,
    /^ q\.dead {2}0\/0 {2}& error-type=RangeError cause~"no route"\n {2}ID.*\n {2}no message matches\n/,
  );
  some.type('q');
  assert.deepEqual(await some.exit(), CLEAN);
  const code = await browse('--where', 'error-type=E_TEST');
  await shows(code, /^ q\.dead {2}1\/1 {2}& error-type=E_TEST\n(?:.*\n){2}\n/);
  code.type('&zzz\r');
  await shows(
    code,
    /^ q\.dead {2}0\/0 {2}& error-type=E_TEST {2}& zzz\n.*\n {2}no message matches; & and Enter shows all\n/,
  );
  code.type('&\rh');
  await shows(code, /^ help {2}\d+%\nNothing is held back from others/);
  code.type('qq');
  assert.deepEqual(await code.exit(), CLEAN);
});

test('the browser leaves the screen and says why if the queue is missing, and survives its deletion', async (t) => {
  const vhost = await buried(t, 'classic', 1);
  const missing = await startAtTerminal(t, { url: vhost.url, args: ['dead', 'browse', '--queue', 'nobody'] });
  assert.deepEqual(await missing.exit(), FAILED);
  assert.match(
    missing.screen.slice(missing.screen.lastIndexOf(LEFT)),
    /cannot read "nobody": no such queue on virtual host/,
  );
  const terminal = await browsing(t, vhost);
  await shows(terminal, /1\/1/);
  for (const queue of ['q', 'q.dead']) await (await vhost.channel()).deleteQueue(queue);
  terminal.type('R');
  await shows(terminal, /cannot read "q\.dead": no such queue on virtual host/);
  terminal.type('q');
  assert.deepEqual(await terminal.exit(), CLEAN);
});

test('the browser refuses to run without a terminal, with exit code 2', async (t) => {
  const vhost = await deadQueues(t, 'classic');
  const command = await startDaemon(t, { url: vhost.url, args: ['dead', 'browse', 'q'] });
  const usage: DaemonExit = { code: 2, signal: null };
  assert.deepEqual(await command.exit(), usage);
  assert.equal(command.stderr, 'browse needs a terminal for its screen and its keys: use list and show instead\n');
});
