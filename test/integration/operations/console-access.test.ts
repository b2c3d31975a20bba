import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ConsoleClient } from '../../support/daemon/console-client.js';
import type { Daemon } from '../../support/daemon/daemon.js';
import { CLEAN, Stage } from '../../support/daemon/stage.js';
import { isRecord } from '../../support/json-record.js';
import { residentMiB } from '../../support/processes/resident-memory.js';
import { waitFor } from '../../support/wait.js';

const TOKEN = 'the-token-of-the-console';
const HTTP = { listen: '127.0.0.1:0', console: true };
const JSON_TYPE = 'content-type: application/json';

interface Opened {
  readonly daemon: Daemon;
  readonly console: ConsoleClient;
}

async function withToken(t: TestContext): Promise<Opened> {
  const { daemon } = await Stage.ready(t, {
    consumer: 'consumers.mjs:Acks',
    config: { http: { ...HTTP, token_file: './token' } },
    files: { token: `${TOKEN}\n` },
  });
  return { daemon, console: await ConsoleClient.of(daemon) };
}

async function withoutToken(t: TestContext): Promise<Opened> {
  const { daemon } = await Stage.ready(t, { consumer: 'consumers.mjs:Acks', config: { http: HTTP } });
  return { daemon, console: await ConsoleClient.of(daemon) };
}

function codeOf(json: unknown): unknown {
  return isRecord(json) && isRecord(json['error']) ? json['error']['code'] : undefined;
}

test('without the token the console gives nothing but its page and the state of the session', async (t) => {
  const { daemon, console } = await withToken(t);
  for (const client of [console, console.with({ cookie: 'amqp-dispatcher=x' })]) {
    for (const path of ['/api/live', '/api/history', '/api/running', '/api/actions', '/api/none']) {
      const { status, json } = await client.get(path);
      assert.deepEqual([status, codeOf(json)], [401, 'LOGIN_REQUIRED'], path);
    }
  }
  const { status, json } = await console.act('quiet');
  assert.deepEqual([status, codeOf(json)], [401, 'LOGIN_REQUIRED']);
  assert.equal((await console.get('/')).status, 200);
  assert.deepEqual((await console.get('/api/session')).json, { authenticated: false, tokenRequired: true });
  for (const path of ['/livez', '/readyz', '/startupz', '/metrics'])
    assert.equal((await console.get(path)).status, 200);
  assert.deepEqual(await daemon.stop(), CLEAN);
});

test('a login gives a session by an HttpOnly, SameSite=Strict cookie, and a logout ends it', async (t) => {
  const { daemon, console } = await withToken(t);
  const login = await console.post('/api/session', { token: TOKEN });
  assert.deepEqual([login.status, login.text], [204, '']);
  const { port } = new URL(console.origin);
  assert.match(
    login.headers.get('set-cookie') ?? '',
    new RegExp(`^amqp-dispatcher-${port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`),
  );
  const proxied = await console.with({ 'x-forwarded-proto': 'https' }).post('/api/session', { token: TOKEN });
  assert.match(proxied.headers.get('set-cookie') ?? '', /; Secure/);
  const session = await console.login(TOKEN);
  assert.deepEqual((await session.get('/api/session')).json, { authenticated: true, tokenRequired: true });
  assert.equal((await session.act('quiet')).status, 200);
  assert.equal((await session.get('/api/session', { method: 'DELETE' })).status, 204);
  assert.equal((await session.act('quiet')).status, 401);
  assert.deepEqual(await daemon.stop(), CLEAN);
});

test('a script sends the token itself, and needs no session', async (t) => {
  const { daemon, console } = await withToken(t);
  const script = console.with({ authorization: `Bearer ${TOKEN}` });
  assert.equal((await script.act('quiet')).status, 200);
  assert.deepEqual((await script.get('/api/session')).json, { authenticated: true, tokenRequired: true });
  const wrong = await console.with({ authorization: `Bearer ${TOKEN}x` }).act('quiet');
  assert.deepEqual([wrong.status, codeOf(wrong.json)], [401, 'TOKEN_WRONG']);
  assert.deepEqual(await daemon.stop(), CLEAN);
});

test('10,000 logins with wrong tokens end in 429, leave the memory as it was, and no token in the log', async (t) => {
  const { daemon, console } = await withToken(t);
  const session = await console.login(TOKEN);
  const statuses = new Map<number, number>();
  const attempt = async (): Promise<void> => {
    const { status, headers } = await console.post('/api/session', { token: `wrong-${Math.random()}` });
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status === 429) assert.match(headers.get('retry-after') ?? '', /^[1-9]\d?$/);
  };
  const attempts = async (count: number): Promise<void> => {
    const one = async (): Promise<void> => {
      for (let done = 0; done < count / 20; done++) await attempt();
    };
    await Promise.all(Array.from({ length: 20 }, one));
  };
  // The first requests grow the heap to its working size.
  await attempts(2_000);
  const before = residentMiB(daemon.pid) ?? 0;
  await attempts(8_000);
  const grown = (residentMiB(daemon.pid) ?? 0) - before;
  t.diagnostic(`${grown.toFixed(1)} MiB more after 8,000 logins`);
  assert.ok(grown < 64, `${grown} MiB`);
  const wrong = statuses.get(401) ?? 0;
  assert.ok(wrong >= 5 && wrong <= 60, `${wrong} were compared`);
  assert.equal(statuses.get(429), 10_000 - wrong);
  assert.equal(daemon.lines.filter(({ msg }) => String(msg).startsWith('console: wrong token')).length, wrong);
  assert.ok(!daemon.stdout.includes('wrong-0.'));
  assert.equal((await console.post('/api/session', { token: TOKEN })).status, 429);
  assert.equal((await session.get('/api/actions')).status, 200);
  assert.deepEqual(await daemon.stop(), CLEAN);
});

test('another token in the file ends sessions and streams without a restart', async (t) => {
  const { daemon, console } = await withToken(t);
  const session = await console.login(TOKEN);
  const events = await session.live();
  assert.ok(isRecord(await events.next('live')));
  await writeFile(join(daemon.folder, 'token'), 'another-token-of-the-console');
  await events.ended();
  assert.equal((await session.get('/api/actions')).status, 401);
  await waitFor(
    async () => (await console.post('/api/session', { token: 'another-token-of-the-console' })).status === 204,
    {
      what: 'the new token to count',
    },
  );
  await daemon.waitForLine({ msg: /^console: the token changed/ });
  assert.deepEqual(await daemon.stop(), CLEAN);
});

test('requests from another site are refused, with a session and without a token', async (t) => {
  for (const { daemon, console } of [await withToken(t), await withoutToken(t)]) {
    const client = (await console.get('/api/session')).text.includes('"tokenRequired":true')
      ? await console.login(TOKEN)
      : console;
    const own = console.origin;
    const foreign = [
      { 'sec-fetch-site': 'cross-site', origin: 'http://evil.example' },
      { 'sec-fetch-site': 'same-site', origin: own },
    ];
    for (const headers of foreign) {
      for (const request of [client.with(headers).act('quiet'), client.with(headers).get('/api/live')]) {
        const { status, json } = await request;
        assert.deepEqual([status, codeOf(json)], [403, 'CROSS_SITE']);
      }
    }
    const post = (headers: string): Promise<string> =>
      console.raw(
        `POST /api/actions/quiet HTTP/1.1\r\nHost: ${new URL(own).host}\r\n${headers}\r\n${JSON_TYPE}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`,
      );
    assert.match(await post('origin: http://evil.example'), /^HTTP\/1\.1 403 [\s\S]*"CROSS_SITE"/);
    assert.match(await post('origin: null'), /^HTTP\/1\.1 403 [\s\S]*"CROSS_SITE"/);
    assert.deepEqual((await client.get('/api/actions')).json, []);
    assert.deepEqual(await daemon.stop(), CLEAN);
  }
});

test('dead messages are read only with a header that a page of another site cannot send', async (t) => {
  for (const { daemon, console } of [await withToken(t), await withoutToken(t)]) {
    const hasToken = (await console.get('/api/session')).text.includes('"tokenRequired":true');
    const session = hasToken ? await console.login(TOKEN) : console;
    // Over plain HTTP a browser sends none of the headers that tell the site.
    const ask = async (path: string, header: string, method = 'GET'): Promise<string> => {
      const { host } = new URL(console.origin);
      const cookie = session.cookie === undefined ? '' : `cookie: ${session.cookie}\r\n`;
      return console.raw(`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${cookie}${header}connection: close\r\n\r\n`);
    };
    const paths = [
      '/api/dead',
      '/api/dead/',
      '/api/dead/messages?queue=q.dead',
      '/api/dead/message?queue=q.dead&key=x',
    ];
    for (const path of paths) {
      const refusal =
        /^HTTP\/1\.1 403 [\s\S]*"CROSS_SITE","message":"the request may come from another site: it has no X-Requested-With"/;
      assert.match(await ask(path, ''), refusal, path);
      assert.match(await ask(path, '', 'HEAD'), /^HTTP\/1\.1 403 /, path);
      assert.match(await ask(path, 'x-requested-with: amqp-dispatcher\r\n'), /^HTTP\/1\.1 (?:200|400|404) /, path);
    }
    const preflight = await console.get('/api/dead', {
      method: 'OPTIONS',
      headers: { origin: 'http://evil.example', 'access-control-request-headers': 'x-requested-with' },
    });
    assert.equal(preflight.headers.get('access-control-allow-origin'), null);
    assert.equal(preflight.headers.get('access-control-allow-headers'), null);
    assert.deepEqual(await daemon.stop(), CLEAN);
  }
});

test('without a token only loopback names reach the console, and probes answer under any name', async (t) => {
  const { daemon, console } = await withoutToken(t);
  const get = (path: string, host: string): Promise<string> =>
    console.raw(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nconnection: close\r\n\r\n`);
  for (const path of ['/', '/api/running', '/assets/main.js']) {
    assert.match(await get(path, 'rebound.example:9464'), /^HTTP\/1\.1 403 [\s\S]*"HOST_REFUSED"/, path);
  }
  for (const host of ['localhost:9464', '127.0.0.1', '[::1]:80']) {
    assert.match(await get('/api/running', host), /^HTTP\/1\.1 200 /, host);
  }
  assert.match(await get('/livez', 'rebound.example'), /^HTTP\/1\.1 200 /);
  assert.deepEqual(await daemon.stop(), CLEAN);
});

test('only JSON of at most 64 KiB and a known length is an action, and no action goes by GET', async (t) => {
  const { daemon, console } = await withoutToken(t);
  const send = async (type: string, body: string): Promise<unknown[]> => {
    const headers = { 'content-type': type };
    const { status, json } = await console.get('/api/actions/quiet', { method: 'POST', headers, body });
    return [status, codeOf(json)];
  };
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jsonx']) {
    assert.deepEqual(await send(type, '{}'), [415, 'NOT_JSON'], type);
  }
  for (const body of ['{', '[]', '"x"', 'null', '1']) {
    assert.deepEqual(await send('application/json', body), [400, 'BAD_REQUEST'], body);
  }
  assert.deepEqual(await send('application/json', `"${'x'.repeat(64 * 1024)}"`), [413, 'BODY_TOO_LARGE']);
  const chunked = `POST /api/actions/quiet HTTP/1.1\r\nHost: localhost\r\n${JSON_TYPE}\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n`;
  assert.match(await console.raw(chunked), /^HTTP\/1\.1 411 [\s\S]*"LENGTH_REQUIRED"/);
  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    const { status, headers, json } = await console.get('/api/actions/quiet', { method });
    assert.deepEqual([status, codeOf(json), headers.get('allow')], [405, 'METHOD_NOT_ALLOWED', 'POST'], method);
  }
  const head = await console.get('/api/live', { method: 'HEAD' });
  assert.deepEqual([head.status, head.text], [200, '']);
  assert.deepEqual((await console.get('/api/actions')).json, []);
  assert.equal((await send('application/json; charset=utf-8', ''))[0], 200);
  assert.deepEqual(await daemon.stop(), CLEAN);
});

test('64 requests at once are the most, the probes answer meanwhile, and unfinished requests end in 408', async (t) => {
  const { daemon, console } = await withoutToken(t);
  const unfinished = `POST /api/actions/quiet HTTP/1.1\r\nHost: localhost\r\n${JSON_TYPE}\r\ncontent-length: 9\r\n\r\n`;
  const answers = Promise.all(Array.from({ length: 64 }, () => console.raw(unfinished)));
  const status = async (path: string): Promise<number> => (await console.get(path)).status;
  await waitFor(async () => (await status('/api/actions')) === 503, { what: 'the console to be busy' });
  for (const path of ['/livez', '/readyz', '/metrics']) assert.equal(await status(path), 200, path);
  for (const answer of await answers) assert.match(answer, /^HTTP\/1\.1 408 /);
  await waitFor(async () => (await status('/api/actions')) === 200, { what: 'the console to answer again' });
  assert.equal(daemon.lines.filter(({ level }) => Number(level) >= 40).length, 0);
  assert.deepEqual(await daemon.stop(), CLEAN);
});

test('a client without the token cannot keep a user out by requests that it does not finish', async (t) => {
  const { daemon, console } = await withToken(t);
  const unfinished = `POST /api/session HTTP/1.1\r\nHost: localhost\r\n${JSON_TYPE}\r\ncontent-length: 9\r\n\r\n{`;
  const answers = Promise.all(Array.from({ length: 100 }, () => console.raw(unfinished)));
  for (let count = 0; count < 10; count++) {
    const user = await console.login(TOKEN);
    assert.equal((await user.get('/')).status, 200);
    assert.equal((await user.get('/api/actions')).status, 200);
  }
  const ended = (await answers).map((answer) => answer.split('\r\n', 1)[0]);
  assert.ok(ended.filter((line) => line === '').length >= 36, ended.join());
  assert.deepEqual(
    daemon.lines.filter(({ msg }) => /^(?:console|http): /.test(String(msg))),
    [],
  );
  assert.deepEqual(await daemon.stop(), CLEAN);
});

test('no path of a request leaves the assets, and bad request lines are refused without a stack', async (t) => {
  const { daemon, console } = await withoutToken(t);
  const paths = [
    '/assets/../console.js',
    '/assets/..%2fconsole.js',
    '/assets/%2e%2e/console.js',
    '/assets/..\\console.js',
    '/assets/%5c..%5cconsole.js',
    '/assets//etc/passwd',
    '/assets/%2fetc%2fpasswd',
    '/assets/main.js%00.css',
    '/assets/',
    '/assets',
    '/../../../../etc/passwd',
    '/assets/%E0%A4%A',
    '/%',
    '//assets/main.js',
    'http://127.0.0.1/assets/../x',
    '*',
  ];
  for (const path of paths) {
    const answer = await console.raw(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nconnection: close\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 40[04] /, path);
    assert.doesNotMatch(answer, /root:|at \w+ \(|node_modules|file:/, path);
  }
  assert.equal(daemon.lines.filter(({ level }) => Number(level) >= 50).length, 0);
  assert.deepEqual(await daemon.stop(), CLEAN);
});
