import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { isRecord } from '../../../src/bridge/index.js';
import { type CtlResult, runCtl } from '../../support/daemon/ctl.js';
import type { Daemon } from '../../support/daemon/daemon.js';
import { PATIENCE_MS, Stage } from '../../support/daemon/stage.js';
import { waitFor } from '../../support/wait.js';

interface StuckDaemon {
  readonly daemon: Daemon;
  /** Its temporary folder. */
  readonly folder: string;
  readonly run: (...words: readonly string[]) => Promise<CtlResult>;
}

async function temporaryFolder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'inspecting-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A daemon with one thread, on which a message is stuck in the way that `how` says. */
async function stuckDaemon(
  t: TestContext,
  how: string,
  env: Readonly<Record<string, string>> = {},
): Promise<StuckDaemon> {
  const folder = await temporaryFolder(t);
  const socket = join(folder, 'control.sock');
  const { daemon, vhost } = await Stage.ready(t, {
    consumer: 'stuck.mjs:Stuck',
    entry: { name: 'Stuck', options: { how } },
    args: ['--threads', '1', '--shutdown-timeout', '100ms', '--control-socket', socket],
    env: { TMPDIR: folder, ...env },
  });
  await vhost.publish('q', { id: how }, { messageId: how });
  await daemon.waitForRecords((all) => all.some(({ event }) => event === 'begin'), PATIENCE_MS);
  return { daemon, folder, run: (...words) => runCtl([...words, '--socket', socket]) };
}

function inspectionFiles(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('amqp-dispatcher-'));
}

describe('amqp-dispatcher ctl stack', () => {
  test('prints where an endless loop is, and the message that it runs', async (t) => {
    const { daemon, run } = await stuckDaemon(t, 'loops');
    const { stdout, stderr } = await run('stack', '0');
    assert.match(
      stdout,
      /^thread 0 of shared runs message \d+ of Stuck on "q" for \d+\.\d s\n {2}loops \(\S+stuck\.mjs:\d+:\d+\)\n/,
      stderr,
    );
    // The consumer is below the repository of the daemon, and only the daemon's own frames are folded.
    assert.match(
      stdout,
      /\n {2}\S*consume \(\S+stuck\.mjs:\d+:\d+\)\n {2}… \d+ frames of Node\.js and amqp-dispatcher\n$/,
    );
    const all = await run('stack', '0', '--all');
    assert.match(all.stdout, /\n {2}\S+ \(\S+\/workers\/instance\/message-instance\.[jt]s:\d+:\d+\)\n/);
    assert.doesNotMatch(all.stdout, /…/);
    const result: unknown = JSON.parse((await run('stack', '0', '--format', 'json')).stdout);
    assert.ok(isRecord(result) && isRecord(result['message']) && Array.isArray(result['frames']));
    assert.deepEqual(Object.keys(result), ['thread', 'state', 'frames', 'text', 'group', 'message']);
    assert.deepEqual([result['thread'], result['group'], result['state']], [0, 'shared', 'javascript']);
    assert.deepEqual(Object.keys(result['frames'][0]), ['function', 'file', 'line', 'column', 'isInternal']);
    assert.deepEqual([result['message']['messageId'], result['message']['name']], ['loops', 'Stuck']);
    await daemon.waitForLine({ msg: /^operator action: stack 0 by ctl/ });
  });

  test('says that a thread whose consumer awaits is idle', async (t) => {
    const { run } = await stuckDaemon(t, 'awaits');
    const { stdout } = await run('stack', '0');
    assert.match(
      stdout,
      /^thread 0 of shared runs message .*\n {2}idle: no JavaScript runs; its consumers are awaiting/,
    );
  });

  test('shows where a consumer is stuck before the daemon is ready', async (t) => {
    const socket = join(await temporaryFolder(t), 'control.sock');
    await Stage.start(t, {
      consumer: 'stuck.mjs:Stuck',
      entry: { name: 'Stuck', options: { how: 'starts' } },
      args: ['--threads', '1', '--control-socket', socket],
    });
    const first = /^thread 0 of shared runs no message\n {2}loops \(\S+stuck\.mjs:\d+:\d+\)\n {2}Stuck \(/;
    const isSeen = async (): Promise<boolean> => first.test((await runCtl(['stack', '0', '--socket', socket])).stdout);
    await waitFor(isSeen, { what: 'the stack of the constructor', timeoutMs: PATIENCE_MS });
  });

  test('works beside --inspect', async (t) => {
    const { run } = await stuckDaemon(t, 'waits', { NODE_OPTIONS: '--inspect=127.0.0.1:0' });
    const { stdout, stderr } = await run('stack', '0');
    assert.match(stdout, /\n {2}waits \(\S+stuck\.mjs:\d+:\d+\)\n/, stderr);
  });

  test('refuses a thread that does not exist, and words that name none', async (t) => {
    const { run } = await stuckDaemon(t, 'awaits');
    const unknown = await run('stack', '7');
    assert.deepEqual([unknown.code, unknown.stderr], [1, 'there is no thread 7 (there are 0 to 0, see status)\n']);
    const word = await run('stack', 'shared');
    assert.equal(word.code, 2);
    assert.match(word.stderr, /^"shared" is not the number of a thread \(status lists them\)/);
  });
});

describe('amqp-dispatcher ctl profile and heap', () => {
  test('write files that only their owner may read, replace none, and leave none behind', async (t) => {
    const { folder, run } = await stuckDaemon(t, 'loops');
    const profile = join(folder, 'loop.cpuprofile');
    const heap = join(folder, 'loop.heapsnapshot');
    const profiled = await run('profile', '0', '--for', '300ms', '--out', profile);
    assert.equal(profiled.stdout, `wrote ${profile} (${sizeOf(profile)})\n`, profiled.stderr);
    assert.ok(JSON.parse(readFileSync(profile, 'utf8')).nodes.length > 0);
    const dumped = await run('heap', '0', '--out', heap, '--format', 'json');
    assert.deepEqual(JSON.parse(dumped.stdout), { thread: 0, group: 'shared', file: heap, bytes: statSync(heap).size });
    assert.ok(JSON.parse(readFileSync(heap, 'utf8')).snapshot.node_count > 0);
    assert.deepEqual(
      [profile, heap].map((path) => statSync(path).mode & 0o777),
      [0o600, 0o600],
    );
    assert.deepEqual(inspectionFiles(folder), []);
    writeFileSync(profile, 'precious');
    const again = await run('profile', '0', '--out', profile);
    assert.deepEqual([again.code, again.stderr], [1, `${profile} already exists: choose another file\n`]);
    assert.equal(readFileSync(profile, 'utf8'), 'precious');
  });

  test('say where the file is if it cannot be moved, and the daemon removes it when it stops', async (t) => {
    const { daemon, folder, run } = await stuckDaemon(t, 'awaits');
    const { code, stderr } = await run('profile', '0', '--for', '10ms', '--out', join(folder, 'missing', 'p'));
    const [name] = inspectionFiles(folder);
    assert.equal(code, 1);
    assert.match(stderr, /^cannot write \S+missing\/p: ENOENT.*; the daemon keeps it as \S+ for an hour\n$/);
    assert.ok(name !== undefined && stderr.includes(join(folder, name)), stderr);
    await daemon.stop();
    assert.deepEqual(inspectionFiles(folder), []);
  });

  test('end with the daemon, which stops in time', async (t) => {
    const { daemon, folder, run } = await stuckDaemon(t, 'loops');
    const profile = run('profile', '0', '--for', '5m', '--out', join(folder, 'p'));
    await daemon.waitForLine({ msg: /^operator action: profile 0 --for 5m by ctl/ });
    await daemon.stop();
    const { code, stderr } = await profile;
    assert.equal(code, 1);
    assert.match(stderr, /the daemon may have stopped|the thread ended/);
    assert.deepEqual(inspectionFiles(folder), []);
  });

  test('refuse a time that is none, or is too long for a profile', async (t) => {
    const { run } = await stuckDaemon(t, 'awaits');
    for (const time of ['soon', '0s', '6m']) {
      const { code, stderr } = await run('profile', '0', '--for', time);
      assert.deepEqual(
        [code, stderr],
        [1, `"${time}" is not a duration for a profile (expected one such as 10s, at most 5m)\n`],
      );
    }
  });

  test('run one at a time on a thread, while the daemon answers others', async (t) => {
    const { daemon, folder, run } = await stuckDaemon(t, 'loops');
    const heaps = Promise.all([
      run('heap', '0', '--out', join(folder, 'a')),
      run('heap', '0', '--out', join(folder, 'b')),
    ]);
    await daemon.waitForLine({ msg: /^operator action: heap 0 by ctl/ });
    assert.equal((await run('status')).code, 0);
    const codes = (await heaps).map(({ code }) => code);
    assert.ok(codes.includes(0));
    // The second is refused, unless it came after the first had ended.
    for (const { code, stderr } of await heaps) assert.ok(code === 0 || /already under way/.test(stderr), stderr);
    await waitFor(() => inspectionFiles(folder).length === 0, { what: 'the files to be moved' });
  });
});

function sizeOf(path: string): string {
  const { size } = statSync(path);
  return size < 1024 ** 2 ? `${Math.ceil(size / 1024)} KiB` : `${(size / 1024 ** 2).toFixed(1)} MiB`;
}
