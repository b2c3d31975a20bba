import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ctl, ctlList, entriesOf, runCtl } from '../../support/daemon/ctl.js';
import { CLEAN, PATIENCE_MS, Stage } from '../../support/daemon/stage.js';
import { isRecord, type JsonRecord } from '../../support/json-record.js';
import { waitFor } from '../../support/wait.js';

function listIn(value: unknown): JsonRecord[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

test('set changes the prefetch and the rate of a running entry, and no message is lost or runs twice', async (t) => {
  const stage = await Stage.ready(t, { consumer: 'failing.mjs:Slow', entry: { name: 'Slow', prefetch_count: 2 } });
  const { daemon, vhost } = stage;
  const ids = Array.from({ length: 12 }, (_, index) => `m ${index}`);
  await vhost.publish('q', { id: 'first', how: 'heeds' }, { messageId: 'first' });
  for (const id of ids) await vhost.publish('q', { id });
  const unanswered = async (count: number): Promise<void> => {
    const what = `${count} unanswered messages`;
    await waitFor(async () => (await entriesOf(daemon))[0]?.['unanswered'] === count, { timeoutMs: PATIENCE_MS, what });
  };
  await unanswered(2);
  assert.deepEqual(await ctl(daemon, 'set', 'Slow', 'prefetch', '5'), {
    queue: 'q',
    name: 'Slow',
    setting: 'prefetch',
    value: '5',
  });
  // Two of the old consumer, five of the new one.
  await unanswered(7);
  assert.equal((await entriesOf(daemon))[0]?.['prefetch'], 5);
  await ctl(daemon, 'set', 'Slow', 'rate', '1/h');
  const [running] = await ctlList(daemon, 'running');
  await ctl(daemon, 'abort', String(running?.['id']));
  // One token of the rate.
  await daemon.waitForRecords((all) => all.filter(({ event }) => event === 'end').length >= 2, PATIENCE_MS);
  assert.equal(stage.records('begin').length, 2);
  await ctl(daemon, 'set', 'Slow', 'log-level', 'debug');
  const { rate, logLevel, changed } = (await entriesOf(daemon))[0] ?? {};
  assert.deepEqual(
    [rate, logLevel, changed],
    [
      '1/h',
      'debug',
      [
        { setting: 'prefetch', was: '2' },
        { setting: 'rate', was: 'off' },
        { setting: 'log-level', was: 'info' },
      ],
    ],
  );
  const { stdout } = await runCtl(['status', '--pid', String(daemon.pid)]);
  assert.match(
    stdout,
    /^Slow on "q", until the daemon stops: prefetch 5 \(was 2\), rate 1\/h \(was off\), log-level debug \(was info\)$/m,
  );
  await ctl(daemon, 'set', 'Slow', 'rate', 'off');
  assert.deepEqual(
    listIn((await entriesOf(daemon))[0]?.['changed']).map(({ setting }) => setting),
    ['prefetch', 'log-level'],
  );
  await daemon.waitForRecords((all) => all.filter(({ event }) => event === 'end').length === 13, PATIENCE_MS);
  assert.equal(stage.records('begin').length, 13);
  await daemon.waitForLine((line) => line['level'] === 20 && line['msg'] === 'offered' && line['queue'] === 'q');
  const wrong: readonly [words: string[], message: RegExp][] = [
    [['prefetc', '5'], /^there is no setting "prefetc", did you mean "prefetch"\?/],
    [['log-level', 'dbug'], /^there is no level "dbug", did you mean "debug"\?/],
    [['prefetch', '0'], /^"0" is not a prefetch \(expected 1 to 65535\)/],
    [['rate', 'fast'], /^"fast" is not off or a rate such as 50\/s/],
  ];
  for (const [words, message] of wrong) {
    const { code, stderr } = await runCtl(['set', 'Slow', ...words, '--pid', String(daemon.pid)]);
    assert.deepEqual([code, message.test(stderr)], [1, true], stderr);
  }
  assert.deepEqual(await daemon.stop(), CLEAN);
  await vhost.holds('q', 0);
});
