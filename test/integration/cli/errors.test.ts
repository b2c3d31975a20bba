import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { type JsonRecord, parseRecordLines } from '../../support/json-record.js';

const BOTH = 'connect ECONNREFUSED ::1:5432, connect ECONNREFUSED 127.0.0.1:5432';
/** A thrown error, the logged message, and texts that its stack must have once. */
const CASES: readonly (readonly [string, string, readonly string[]])[] = [
  ['refused', BOTH, ['connect ECONNREFUSED ::1:5432', 'connect ECONNREFUSED 127.0.0.1:5432']],
  ['several wrapped', 'no database', ['no database', 'connect ECONNREFUSED ::1:5432']],
  ['circle', 'in a circle', ['in a circle']],
  ['a list with itself', 'outer: inner', ['outer', 'inner']],
  ['getter', 'readable', ['readable']],
];

function times(text: string, part: string): number {
  return text.split(`Error: ${part}\n`).length - 1;
}

/** The stacks of a logged error and of its causes and errors. */
function stacksOf(err: unknown): string {
  if (typeof err !== 'object' || err === null) return '';
  const { stack, cause, aggregateErrors }: { stack?: unknown; cause?: unknown; aggregateErrors?: unknown } = err;
  const inner = Array.isArray(aggregateErrors) ? aggregateErrors : [];
  return [String(stack), ...[cause, ...inner].map(stacksOf)].join('\n');
}

test('an error shows each cause and error once, in both log formats, in QUEUE.dead and in `dead show`', async (t) => {
  const vhost = await testVhost(t);
  const config = {
    queues: [{ queue: 'q' }],
    consumers: [{ consumer: `${fixture('errors.mjs')}:ThrowsErrors`, queue: 'q', retry: { attempts: 1 } }],
  };
  const daemon = await startDaemon(t, { url: vhost.url, config, args: ['--threads', '1'] });
  await daemon.ready();
  for (const [name, message, parts] of CASES) {
    const from = daemon.lines.length;
    await vhost.publish('q', name, { messageId: name });
    await daemon.waitForLine({ msg: /put into "q\.dead"/, from });
    const lines = daemon.lines.slice(from);
    const failed = lines.find(({ msg }) => String(msg).startsWith('put into "q.dead": '));
    assert.equal(failed?.msg, `put into "q.dead": its only attempt failed: ${message}`);
    for (const line of [failed, lines.find(({ msg }) => msg === `logged: ${name}`)]) {
      for (const part of parts) assert.equal(times(stacksOf(line?.err), part), 1, JSON.stringify(line));
    }
    const show = await startDaemon(t, { url: vhost.url, args: ['dead', 'show', 'q', name, '--format', 'json'] });
    assert.deepEqual(await show.exit(), { code: 0, signal: null }, show.stderr);
    const shown: JsonRecord | undefined = parseRecordLines(show.stdout)[0];
    assert.equal(shown?.cause, message);
    for (const part of parts) assert.equal(times(String(shown?.stack), part), 1, String(shown?.stack));
  }
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
});

test('a module that does not load logs its reason once, with the stack of the module', async (t) => {
  const daemon = await startDaemon(t, {
    files: { 'broken.mjs': 'throw new RangeError("broken at load");\n' },
    config: { queues: [{ queue: 'q' }], consumers: [{ consumer: './broken.mjs:X', queue: 'q' }] },
  });
  assert.deepEqual(await daemon.exit(), { code: 78, signal: null });
  const line = daemon.lines.at(-1);
  assert.match(
    String(line?.msg),
    /config\.yml:\d+:\d+ {2}consumers\[0\]\.consumer {2}module "\.\/broken\.mjs" failed to load from .*: RangeError: broken at load$/,
  );
  assert.equal(line?.code, 'CONSUMER_MODULE_FAILED');
  assert.equal(daemon.stdout.split('failed to load').length - 1, 1);
  assert.match(stacksOf(line?.err), /^RangeError: broken at load\n {4}at .*broken\.mjs:1:7/);
});
