import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCtl } from '../../support/daemon/ctl.js';
import { fixture } from '../../support/daemon/fixture.js';
import { PATIENCE_MS, Stage } from '../../support/daemon/stage.js';

const stuck = fixture('stuck.mjs');

/** Number of the line that has the text. */
function lineOf(text: string): number {
  const path = stuck.startsWith('file:') ? fileURLToPath(stuck) : stuck;
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.findIndex((line) => line.includes(text)) + 1;
}

/** A look that the overloaded machine could not take in time says so. */
const LATE = 'did not reply within 0\\.2 s|no stack in time';

const SEEN: Readonly<Record<string, RegExp>> = {
  loops: new RegExp(`^loops \\(.*stuck\\.mjs:${lineOf('Math.sqrt')}:\\d+\\)$|${LATE}`),
  backtracks: new RegExp(`^backtracks \\(.*stuck\\.mjs:${lineOf('(a+)+')}:\\d+\\)$|${LATE}`),
  waits: new RegExp(`^waits \\(.*stuck\\.mjs:${lineOf('Atomics.wait')}:\\d+\\)$|${LATE}`),
  execs: /^native: .* it waits outside JavaScript, as in execSync|^the thread did not reply|^no stack in time/,
  awaits: /^idle: no JavaScript runs|no stack in time/,
};

for (const [how, seen] of Object.entries(SEEN)) {
  test(`timeout.hard logs where its thread was, ends it and serves the next message: ${how}`, async (t) => {
    const { daemon, vhost } = await Stage.ready(t, {
      consumer: 'stuck.mjs:Stuck',
      entry: { name: 'Stuck', options: { how }, timeout: { hard: '1s' } },
      args: ['--threads', '1'],
    });
    await vhost.publish('q', { id: how });
    const line = await daemon.waitForLine({ msg: /^terminating worker thread 0 .* while it runs/ });
    const stack = line['stack'];
    assert.ok(Array.isArray(stack) && stack.length > 0, JSON.stringify(line));
    assert.match(String(stack[0]), seen);
    await daemon.waitForLine({ msg: /^worker thread 0 died: .*outlasted timeout\.hard/ });
    await daemon.waitForLine({ msg: /^worker thread 0 is ready again/ });
  });
}

test('abort --hard logs the stack of the loop that it ends', async (t) => {
  const { daemon, vhost } = await Stage.ready(t, {
    consumer: 'stuck.mjs:Stuck',
    entry: { name: 'Stuck', options: { how: 'loops' } },
    args: ['--threads', '1'],
  });
  await vhost.publish('q', { id: 'a' });
  await daemon.waitForRecords((all) => all.some(({ event }) => event === 'begin'), PATIENCE_MS);
  const pid = String(daemon.pid);
  const running: unknown = JSON.parse((await runCtl(['running', '--pid', pid, '--format', 'json'])).stdout);
  assert.ok(Array.isArray(running));
  assert.equal((await runCtl(['abort', String(running[0].id), '--hard', '--pid', pid])).code, 0);
  const { stack } = await daemon.waitForLine({ msg: /^terminating worker thread 0 .* while it runs/ });
  assert.ok(Array.isArray(stack));
  assert.match(String(stack[0]), SEEN['loops'] ?? /never/);
});
