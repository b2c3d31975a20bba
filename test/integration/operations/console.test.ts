import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DaemonHttp } from '../../support/daemon/scrape.js';
import { Stage } from '../../support/daemon/stage.js';

const CONSOLE = { http: { listen: '127.0.0.1:0', console: true } };

test('the console serves its page, its interface and live samples, and performs an action', async (t) => {
  const { daemon } = await Stage.ready(t, { consumer: 'consumers.mjs:Acks', config: CONSOLE });
  const { origin } = await DaemonHttp.of(daemon);
  const page = await fetch(origin);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /importmap/);
  assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'; script-src 'nonce-/);
  const session = await fetch(`${origin}/api/session`);
  assert.deepEqual(await session.json(), { authenticated: true, tokenRequired: false });
  const running = await fetch(`${origin}/api/running`);
  assert.deepEqual(await running.json(), []);
  const paused = await fetch(`${origin}/api/actions/pause`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ entry: 'Acks' }),
  });
  assert.deepEqual(await paused.json(), {
    result: { queue: 'q', name: 'Acks', state: 'paused', changed: true, reason: null },
  });
  const actions = await fetch(`${origin}/api/actions`);
  assert.match(await actions.text(), /"by":"console \(127\.0\.0\.1\)","action":"pause Acks"/);
  const live = await fetch(`${origin}/api/live`);
  const reader = live.body?.getReader();
  const chunk = await reader?.read();
  assert.match(new TextDecoder().decode(chunk?.value), /^event: live\ndata: \{.*\}\n\n$/);
  await reader?.cancel();
});
