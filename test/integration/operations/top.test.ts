import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runCtl } from '../../support/daemon/ctl.js';
import { fixture } from '../../support/daemon/fixture.js';
import { CLEAN, FAILED, Stage } from '../../support/daemon/stage.js';
import { startAtTerminal, type Terminal } from '../../support/daemon/terminal.js';
import { assertRestored, fits, LEFT, shows } from '../../support/daemon/terminal-screen.js';
import { isRecord, parseRecord } from '../../support/json-record.js';

// oxlint-disable-next-line no-control-regex
const COLOR = /\u001b\[3\dm/;

async function socketPath(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'top-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'control.sock');
}

/** A daemon with two entries and two threads, and its control socket. */
function serve(t: TestContext, path: string): Promise<Stage> {
  return Stage.ready(t, {
    consumer: 'failing.mjs:Slow',
    entry: { name: 'Loops', consumer_count: 2 },
    config: {
      queues: [{ queue: 'idle' }],
      consumers: [{ consumer: fixture('consumers.mjs:Acks'), queue: 'idle', name: 'Idle' }],
    },
    args: ['--threads', '2', '--control-socket', path],
  });
}

function look(t: TestContext, path: string, more: { afterwards?: string; env?: Record<string, string> } = {}) {
  return startAtTerminal(t, { args: ['ctl', 'top', '--socket', path], ...more });
}

test('top shows, sorts, filters and pauses while every thread is in an endless loop', async (t) => {
  const path = await socketPath(t);
  const { vhost } = await serve(t, path);
  for (const id of ['a', 'b']) await vhost.publish('q', { id, how: 'loops' });
  const terminal = await look(t, path);
  await shows(
    terminal,
    /^ entries 1\/2 {2}amqp-dispatcher \S+, process \d+\nrunning, up for .* connected to RabbitMQ /,
  );
  await shows(terminal, /\n0 done\/s, 0 failed\/s, 2 running, 0 waiting\n {2}ENTRY +QUEUE +STATE +DONE\/S +FAIL\/S /);
  await shows(terminal, /\n {2}Loops +q +subscribed +0 +0 +- +- +2 +\d+(?:\.\d)? s +0 +2 of 2/);
  for (const [keys, expected] of [
    ['s', /\n {2}ENTRY▾ .*\n {2}Idle .*\n {2}Loops /],
    // The cursor stayed on Loops.
    ['', /^ entries 2\/2 /],
    ['/idle\r', /^ entries 1\/1 {2}\/ idle {2}amqp-dispatcher .*\n.*\n.*\n.*\n {2}Idle .*\n\n/],
    ['p', /\npause Idle on "idle"\? \(y\/n\)$/],
    ['n', /\nnothing was changed$/],
    ['py', /\np Idle +idle +paused [\s\S]*\nIdle on "idle" paused$/],
    ['py', /\n {2}Idle +idle +subscribed [\s\S]*\nIdle on "idle" resumed$/],
    ['/\u0015\r', /^ entries 1\/2 {2}amqp/],
    ['t', /^ threads 1\/2 .*\n.*\n.*\n {2}THREAD +GROUP +STATE +RUN +COMPUTES +HEAP\n +0 +shared +serving +1 +100 % /],
    ['p', /\np pauses entries: press t to show them$/],
    ['?', /^ help {2}\d+%\nThe screen is at most two seconds old/],
    ['q', /^ threads 1\/2 /],
  ] as const) {
    terminal.type(keys);
    await shows(terminal, expected);
    fits(terminal, { columns: 80, rows: 24 });
  }
  for (const size of [
    { columns: 120, rows: 40 },
    { columns: 45, rows: 12 },
  ]) {
    await terminal.resize(size);
    terminal.type('t');
    await shows(terminal, size.columns > 100 ? /ENTRY▾ +QUEUE +STATE .*BUSY\n/ : /THREAD +STATE +RUN +COMPUTES /);
    fits(terminal, size);
  }
  terminal.type('q');
  assert.deepEqual(await terminal.exit(), CLEAN);
  assert.ok(terminal.screen.endsWith(LEFT));
});

for (const [how, quit, exit] of [
  ['q', (terminal: Terminal) => terminal.type('q'), CLEAN],
  ['Ctrl-C', (terminal: Terminal) => terminal.type('\u0003'), FAILED],
  ['Ctrl-C in a question', (terminal: Terminal) => terminal.type('p\u0003'), FAILED],
  ['SIGTERM', (terminal: Terminal) => terminal.signal('SIGTERM'), FAILED],
] as const) {
  test(`top restores the screen and the modes of the terminal: ${how}`, async (t) => {
    const path = await socketPath(t);
    await serve(t, path);
    const terminal = await look(t, path, { afterwards: 'stty -a' });
    await shows(terminal, /^ entries 1\/2 /);
    await quit(terminal);
    assert.deepEqual(await terminal.exit(), exit);
    assertRestored(terminal);
  });
}

for (const noColor of [false, true]) {
  test(`top says that the daemon is gone, and shows the next one${noColor ? ', without colour for NO_COLOR' : ''}`, async (t) => {
    const path = await socketPath(t);
    const first = await serve(t, path);
    const terminal = await look(t, path, noColor ? { env: { NO_COLOR: '1' } } : {});
    await shows(terminal, new RegExp(`process ${first.daemon.pid}\n`));
    await first.daemon.kill();
    await shows(
      terminal,
      /\nno answer for \d+\.\d s; trying again every second\ncannot reach .*: no daemon listens there\n/,
    );
    const second = await serve(t, path);
    await shows(terminal, new RegExp(`process ${second.daemon.pid}\nrunning, up for `));
    terminal.type('q');
    assert.deepEqual(await terminal.exit(), CLEAN);
    assert.equal(COLOR.test(terminal.screen), !noColor);
  });
}

test('top prints JSON lines, or tables where there is no terminal, as often as --count says', async (t) => {
  const path = await socketPath(t);
  const { vhost } = await serve(t, path);
  await vhost.publish('q', { id: 'a', how: 'loops' });
  const json = await runCtl(['top', '--socket', path, '--format', 'json', '--count', '2']);
  assert.deepEqual([json.code, json.stderr], [0, '']);
  const reports = json.stdout.trimEnd().split('\n').map(parseRecord);
  assert.equal(reports.length, 2);
  for (const report of reports) {
    assert.ok(isRecord(report) && Array.isArray(report['entries']) && Array.isArray(report['threads']), json.stdout);
    assert.equal(typeof report['overMs'], 'number');
  }
  const plain = await runCtl(['top', '--socket', path, '--count', '1']);
  assert.deepEqual([plain.code, plain.stderr], [0, '']);
  assert.match(
    plain.stdout,
    /^\d{4}-\S+Z\nENTRY +QUEUE +STATE +DONE\/S .*\nLoops +q +subscribed [\s\S]*\nTHREAD +GROUP /,
  );
  const gone = await runCtl(['top', '--socket', `${path}.none`, '--count', '1']);
  assert.deepEqual([gone.code, /there is no such socket/.test(gone.stderr)], [1, true], gone.stderr);
});
