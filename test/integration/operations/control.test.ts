import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { askControl, ctl, ctlList, entriesOf, runCtl } from '../../support/daemon/ctl.js';
import { CLEAN, FAILED, PATIENCE_MS, Stage } from '../../support/daemon/stage.js';
import { isRecord } from '../../support/json-record.js';
import { waitFor } from '../../support/wait.js';

test('status and running answer while every thread is in an endless loop', async (t) => {
  const { daemon, vhost } = await Stage.ready(t, {
    consumer: 'failing.mjs:Slow',
    entry: { name: 'Loops', consumer_count: 2, prefetch_count: 4 },
    args: ['--threads', '2'],
  });
  for (const id of ['a', 'b', 'c']) await vhost.publish('q', { id, how: 'loops' }, { messageId: id });
  await daemon.waitForRecords((records) => records.filter(({ event }) => event === 'begin').length === 2, PATIENCE_MS);
  const [entry] = await entriesOf(daemon);
  const { queue, name, state, running, waiting, unanswered, done, failed, instances, up, busy, prefetch } = entry ?? {};
  assert.deepEqual(
    { queue, name, state, running, waiting, unanswered },
    {
      queue: 'q',
      name: 'Loops',
      state: 'subscribed',
      running: 2,
      waiting: 1,
      unanswered: 3,
    },
  );
  assert.deepEqual([done, failed, instances, up, busy, prefetch], [0, 0, 2, 2, 2, 4]);
  const status = await ctl(daemon, 'status');
  assert.ok(isRecord(status));
  assert.deepEqual([status['phase'], status['pid'], status['node']], ['running', daemon.pid, process.version]);
  assert.match(String(status['broker']), /^RabbitMQ \d/);
  const messages = await ctlList(daemon, 'running');
  assert.deepEqual(new Set(messages.map(({ messageId }) => messageId)), new Set(['a', 'b']));
  assert.deepEqual(new Set(messages.map(({ thread }) => thread)), new Set([0, 1]));
  assert.deepEqual(
    messages.map(({ id, attempt, name: entryName }) => [id, attempt, entryName]),
    [
      [1, 1, 'Loops'],
      [2, 1, 'Loops'],
    ],
  );
  const again = await ctlList(daemon, 'running');
  assert.deepEqual(new Set(again.map(({ id }) => id)), new Set([1, 2]), 'an id stays with its message');
  const table = await runCtl(['running', '--pid', String(daemon.pid)]);
  assert.match(table.stdout, /^ID {2}FOR .*MESSAGE ID\n/);
});

test('status names the period of its utilization, and forgets what was before', async (t) => {
  const { daemon, vhost } = await Stage.ready(t, {
    consumer: 'failing.mjs:Slow',
    config: { control: { socket: './own.sock' } },
    args: ['--threads', '1'],
  });
  const path = join(daemon.folder, 'own.sock');
  let last = { share: 0, seconds: 0, up: 0 };
  const look = async (): Promise<typeof last> => {
    const status = await askControl(path, 'status');
    assert.ok(isRecord(status) && Array.isArray(status['groups']), JSON.stringify(status));
    const { name, utilization, utilizationSeconds } = status['groups'].find(isRecord) ?? {};
    assert.equal(name, 'shared');
    last = {
      share: Number(utilization),
      seconds: Number(utilizationSeconds),
      up: Number(status['uptimeMs']) / 1_000,
    };
    return last;
  };
  await vhost.publish('q', { id: 'a', how: 'loops' });
  const isRecent = async (): Promise<boolean> => {
    const { share, seconds, up } = await look();
    // The thread started and waited before it looped.
    return share === 1 && seconds > 9.5 && up - seconds > 3;
  };
  await waitFor(isRecent, {
    what: () => `a figure without the start, not ${JSON.stringify(last)}`,
    timeoutMs: PATIENCE_MS,
  });
  const { share, seconds } = await look();
  assert.ok(share === 1 && seconds > 9.5, `a status shortens no other: ${share} in ${seconds} s`);
  const { stdout } = await runCtl(['status', '--socket', path]);
  assert.match(stdout, /^shared: computing for 100 % of the last \d+ s$/m);
});

test('the live report shows threads in an endless loop as busy, and a replacement as it is', async (t) => {
  const { daemon, vhost } = await Stage.ready(t, {
    consumer: 'failing.mjs:Slow',
    config: { control: { socket: './own.sock' } },
    entry: { consumer_count: 1 },
    args: ['--threads', '2'],
  });
  const path = join(daemon.folder, 'own.sock');
  await vhost.publish('q', { id: 'a', how: 'loops' });
  let last = '';
  const shows = async (...meant: readonly string[]): Promise<void> => {
    const are = async (): Promise<boolean> => {
      const report = await askControl(path, 'live');
      assert.ok(isRecord(report) && Array.isArray(report['threads']), JSON.stringify(report));
      const threads = report['threads'].filter(isRecord).map(({ state, running, utilization }) => {
        const share =
          typeof utilization !== 'number' ? '?' : utilization > 0.9 ? 'busy' : utilization < 0.5 ? 'idle' : 'half';
        return `${String(state)}, ${String(running)} running, ${share}`;
      });
      last = threads.toSorted().join('; ');
      return last === meant.join('; ');
    };
    await waitFor(are, { what: () => `${meant.join('; ')}, not ${last}`, timeoutMs: PATIENCE_MS });
  };
  await shows('serving, 0 running, idle', 'serving, 1 running, busy');
  const running = await askControl(path, 'running');
  assert.ok(Array.isArray(running) && isRecord(running[0]), JSON.stringify(running));
  await askControl(path, 'abort', { id: running[0]['id'], hard: true });
  await shows('serving, 0 running, idle', 'serving, 0 running, idle');
});

test('the socket of the file has the mode 0600 and is removed at the end', async (t) => {
  const { daemon } = await Stage.ready(t, {
    consumer: 'consumers.mjs:Acks',
    config: { control: { socket: './own.sock' } },
  });
  const path = join(daemon.folder, 'own.sock');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const { code, stdout } = await runCtl(['status'], { AMQP_DISPATCHER_CONTROL_SOCKET: path });
  assert.deepEqual([code, /^amqp-dispatcher .*, running, up for/.test(stdout)], [0, true]);
  assert.deepEqual(await daemon.stop(), CLEAN);
  assert.equal(existsSync(path), false);
});

test('a daemon whose chosen socket is in use ends with exit code 1 and names it', async (t) => {
  const config = { config: { control: { socket: join('/tmp', `ctl-${process.pid}.sock`) } } };
  await Stage.ready(t, { consumer: 'consumers.mjs:Acks', ...config });
  const { daemon } = await Stage.start(t, { consumer: 'consumers.mjs:Acks', ...config });
  assert.deepEqual(await daemon.exit(PATIENCE_MS), FAILED);
  const line = await daemon.waitForLine(({ code }) => code === 'CONTROL_SOCKET_FAILED');
  assert.match(String(line.msg), /another process listens there$/);
});

test('ctl without a daemon, with several, or with a wrong word ends with an error that helps', async (t) => {
  const none = await runCtl(['status', '--pid', '1']);
  assert.deepEqual([none.code, /process 1 has no socket/.test(none.stderr)], [1, true], none.stderr);
  const gone = await runCtl(['status', '--socket', '/tmp/no-such.sock']);
  assert.deepEqual([gone.code, /there is no such socket/.test(gone.stderr)], [1, true], gone.stderr);
  const typo = await runCtl(['statsu']);
  assert.deepEqual([typo.code, /did you mean "status"/.test(typo.stderr)], [2, true], typo.stderr);
  const { daemon } = await Stage.ready(t, { consumer: 'consumers.mjs:Acks' });
  const { daemon: other } = await Stage.ready(t, { consumer: 'consumers.mjs:Acks' });
  const several = await runCtl(['status']);
  assert.equal(several.code, 1);
  for (const { pid } of [daemon, other]) assert.ok(several.stderr.includes(`--pid ${pid} `), several.stderr);
});
