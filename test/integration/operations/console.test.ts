import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConsoleClient } from '../../support/daemon/console-client.js';
import { ctl } from '../../support/daemon/ctl.js';
import { CLEAN, FAILED, PATIENCE_MS, Stage } from '../../support/daemon/stage.js';
import { isRecord, type JsonRecord } from '../../support/json-record.js';

const CONSOLE = { http: { listen: '127.0.0.1:0', console: true } };
const BY = 'console (127.0.0.1)';

function listOf(value: unknown): JsonRecord[] {
  assert.ok(Array.isArray(value), JSON.stringify(value));
  return value.filter(isRecord);
}

test('the console serves its page and the interface with their security headers', async (t) => {
  const { daemon } = await Stage.ready(t, { consumer: 'consumers.mjs:Acks', config: CONSOLE });
  const console = await ConsoleClient.of(daemon);
  const page = await console.get('/');
  const nonce = /<script type="importmap" nonce="([^"]+)">/.exec(page.text)?.[1] ?? assert.fail(page.text);
  assert.equal(
    page.headers.get('content-security-policy'),
    `default-src 'none'; script-src 'nonce-${nonce}' 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
  );
  assert.ok(!(await console.get('/')).text.includes(nonce), 'the nonce is new for each answer');
  for (const path of ['/', '/api/session', '/assets/none.js', '/nowhere', '/api/actions/none']) {
    const { headers } = await console.get(path);
    assert.deepEqual(
      ['x-content-type-options', 'referrer-policy', 'cross-origin-opener-policy', 'x-frame-options'].map((name) =>
        headers.get(name),
      ),
      ['nosniff', 'no-referrer', 'same-origin', 'DENY'],
      path,
    );
  }
  assert.deepEqual((await console.get('/api/session')).json, { authenticated: true, tokenRequired: false });
  assert.equal((await console.get('/livez')).status, 200);
  assert.equal((await console.get('/metrics')).headers.get('content-security-policy'), null);
  assert.equal(await daemon.stop().then(({ code }) => code), 0);
});

test('the console performs every verb, tells why it refuses one, and the log has who did what', async (t) => {
  const stage = await Stage.ready(t, {
    consumer: 'failing.mjs:Slow',
    entry: { name: 'Slow', consumer_count: 2, prefetch_count: 4 },
    args: ['--threads', '1'],
    config: CONSOLE,
  });
  const { daemon, vhost } = stage;
  const console = await ConsoleClient.of(daemon);
  await vhost.publish('q', { id: 'a', how: 'heeds' }, { messageId: 'a' });
  await daemon.waitForRecords((all) => all.some(({ event }) => event === 'begin'), PATIENCE_MS);
  const [running] = listOf((await console.get('/api/running')).json);
  assert.deepEqual([running?.['name'], running?.['messageId']], ['Slow', 'a']);
  const id = running?.['id'];

  const entry = { queue: 'q', name: 'Slow', changed: true, reason: null };
  assert.deepEqual((await console.act('pause', { entry: 'Slow' })).json, { result: { ...entry, state: 'paused' } });
  assert.deepEqual((await console.act('resume', { entry: 'Slow' })).json, { result: { ...entry, state: 'resumed' } });
  const set = await console.act('set', { entry: 'Slow', key: 'prefetch', value: '9' });
  assert.deepEqual(set.json, { result: { queue: 'q', name: 'Slow', setting: 'prefetch', value: '9' } });
  const aborted = await console.act('abort', { id });
  assert.deepEqual(aborted.json, { result: { id, queue: 'q', name: 'Slow', thread: 0, state: 'signalled' } });
  assert.deepEqual((await console.act('quiet')).json, { result: [{ ...entry, state: 'paused' }] });
  assert.equal((await console.act('resume', { all: true })).status, 200);
  assert.deepEqual((await console.act('recycle')).json, {
    result: [{ group: 'shared', thread: 0, state: 'replaced', reason: null }],
  });

  const refused = await console.act('pause', { entry: 'Slw' });
  const detail = 'there is no entry "Slw", did you mean "Slow"?';
  assert.equal(refused.status, 409);
  assert.deepEqual(refused.json, { error: { code: 'CONTROL_REFUSED', message: detail } });
  await ctl(daemon, 'pause', 'Slow');
  for (const verb of ['status', 'running', 'live', 'none', 'constructor', '..%2fsession']) {
    assert.equal((await console.act(verb)).status, 404, verb);
  }

  const actions = listOf((await console.get('/api/actions')).json);
  assert.deepEqual(
    actions.map(({ action, outcome, consumer }) => [action, outcome, consumer]),
    [
      ['pause Slow', 'ok', 'Slow'],
      ['pause Slw', 'refused', null],
      ['recycle', 'ok', null],
      ['resume --all', 'ok', null],
      ['quiet', 'ok', null],
      [`abort ${String(id)}`, 'ok', 'Slow'],
      ['set Slow prefetch 9', 'ok', 'Slow'],
      ['resume Slow', 'ok', 'Slow'],
      ['pause Slow', 'ok', 'Slow'],
    ],
  );
  assert.match(String(actions[0]?.['by']), /^ctl \(/);
  assert.deepEqual([actions[1]?.['by'], actions[1]?.['detail'], actions[2]?.['detail']], [BY, detail, null]);
  await daemon.waitForLine({ msg: /^operator action: set Slow prefetch 9 by console \(127\.0\.0\.1\)$/ });
  await daemon.waitForLine({ msg: /^operator action refused: pause by console \(127\.0\.0\.1\): there is no entry/ });
  assert.deepEqual(await daemon.stop(), CLEAN);
});

test('an action is in the log of actions without control characters, and at most 200 are kept', async (t) => {
  const { daemon } = await Stage.ready(t, { consumer: 'consumers.mjs:Acks', config: CONSOLE });
  const console = await ConsoleClient.of(daemon);
  await console.act('pause', { entry: `a\n\u001b[2J\u2028b\u202ec${'x'.repeat(1_000)}` });
  const [first] = listOf((await console.get('/api/actions')).json);
  assert.match(String(first?.['action']), /^pause a \[2J b cx+…$/);
  for (let count = 0; count < 210; count++) await console.act('pause', { entry: `n${count}` });
  const actions = listOf((await console.get('/api/actions')).json);
  assert.deepEqual(
    [actions.length, actions[0]?.['action'], actions[199]?.['action']],
    [200, 'pause n209', 'pause n10'],
  );
  assert.deepEqual(await daemon.stop(), CLEAN);
});

test('a daemon whose token file is missing does not start, and says why', async (t) => {
  const { daemon } = await Stage.start(t, {
    consumer: 'consumers.mjs:Acks',
    config: { http: { listen: ':0', console: true, token_file: './no-such-token' } },
  });
  assert.deepEqual(await daemon.exit(PATIENCE_MS), FAILED);
  const fatal = await daemon.waitForLine({ msg: /^http\.token_file \S+no-such-token does not exist$/ });
  assert.equal(fatal['code'], 'CONSOLE_TOKEN_UNUSABLE');
});

test('--http cannot move a console without a token to an address that other machines reach', async (t) => {
  const { daemon } = await Stage.start(t, {
    consumer: 'consumers.mjs:Acks',
    config: CONSOLE,
    args: ['--http', ':0'],
  });
  assert.deepEqual(await daemon.exit(PATIENCE_MS), FAILED);
  await daemon.waitForLine({
    msg: /^the console needs a token on an address that is not loopback: set http\.token_file/,
  });
});
