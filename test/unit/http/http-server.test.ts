import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { type Check, HttpServer, type HttpServerOptions } from '../../../src/http/index.js';
import { waitFor } from '../../support/wait.js';

const fine = (name: string): Check => ({ name, isFine: true, detail: 'fine' });
const bad = (name: string): Check => ({ name, isFine: false, detail: 'is away' });
const BODY = 'up 1\n';
const METRICS = { type: 'text/plain; version=0.0.4', body: () => BODY };

interface Serving {
  readonly server: HttpServer;
  readonly port: number;
  readonly lines: string[];
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
}

async function serve(t: TestContext, changes: Partial<HttpServerOptions> = {}): Promise<Serving> {
  const lines: string[] = [];
  const server = new HttpServer({
    address: { host: '127.0.0.1', port: 0 },
    health: { startup: () => [fine('a')], live: () => [], ready: () => [fine('a'), bad('b')] },
    metrics: () => METRICS,
    logger: pino({ level: 'info' }, { write: (line) => void lines.push(line) }),
    ...changes,
  });
  const port = await server.start();
  t.after(() => server.stop());
  return { server, port, lines, get: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init) };
}

describe('the HTTP server', () => {
  test('answers a probe with 200 if all its checks are fine', async (t) => {
    const { get } = await serve(t);
    for (const path of ['/startupz', '/livez']) {
      const response = await get(path);
      assert.deepEqual([response.status, await response.text()], [200, 'ok\n']);
    }
  });

  test('answers a probe with 503 and the failed checks, with ?verbose all of them', async (t) => {
    const { get } = await serve(t);
    const response = await get('/readyz');
    assert.deepEqual([response.status, await response.text()], [503, '[-] b: is away\nfailed\n']);
    const verbose = await get('/readyz?verbose');
    assert.deepEqual([verbose.status, await verbose.text()], [503, '[+] a: fine\n[-] b: is away\nfailed\n']);
    assert.equal(await (await get('/startupz?verbose=1')).text(), '[+] a: fine\nok\n');
  });

  test('passes the Accept header to the metrics, and sends their type', async (t) => {
    const asked: unknown[] = [];
    const metrics = (accept: string | undefined) => {
      asked.push(accept);
      return METRICS;
    };
    const { get } = await serve(t, { metrics });
    const response = await get('/metrics', { headers: { accept: 'application/openmetrics-text' } });
    assert.deepEqual([response.status, await response.text()], [200, BODY]);
    assert.equal(response.headers.get('content-type'), METRICS.type);
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.deepEqual(asked, ['application/openmetrics-text']);
  });

  test('passes what is no probe and no scrape to its handler, with every method', async (t) => {
    const passed: string[] = [];
    const { get } = await serve(t, {
      metrics: undefined,
      handler: () => (request, response) => {
        passed.push(`${request.method} ${request.url}`);
        response.end('handled');
      },
    });
    for (const path of ['/', '/livezz', '/livez/', '/api?x=/livez'])
      assert.equal(await (await get(path)).text(), 'handled');
    assert.equal(await (await get('/', { method: 'POST' })).text(), 'handled');
    assert.deepEqual([(await get('/livez?verbose')).status, (await get('/metrics')).status], [200, 404]);
    assert.equal((await get('/livez', { method: 'POST' })).status, 405);
    assert.deepEqual(passed, ['GET /', 'GET /livezz', 'GET /livez/', 'GET /api?x=/livez', 'POST /']);
  });

  test('answers HEAD without a body', async (t) => {
    const { get } = await serve(t);
    const response = await get('/metrics', { method: 'HEAD' });
    assert.deepEqual([response.status, await response.text()], [200, '']);
    assert.equal(response.headers.get('content-length'), String(BODY.length));
  });

  test('refuses other methods with 405 and names those that it serves', async (t) => {
    const { get } = await serve(t);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const response = await get('/livez', { method });
      assert.deepEqual([response.status, response.headers.get('allow')], [405, 'GET, HEAD']);
    }
  });

  test('answers 404 to other paths, and to /metrics if it serves none', async (t) => {
    const { get } = await serve(t);
    for (const path of ['/', '/metrics/', '/livez/x', '/%2e%2e/etc/passwd', '//livez']) {
      assert.equal((await get(path)).status, 404, path);
    }
    const probes = await serve(t, { metrics: undefined });
    assert.equal((await probes.get('/metrics')).status, 404);
  });

  test('answers 500 and logs the error if a check throws, and goes on', async (t) => {
    const { get, lines } = await serve(t, { health: { startup: () => [], live: boom, ready: () => [] } });
    const response = await get('/livez');
    assert.deepEqual([response.status, await response.text()], [500, 'failed; the log has the error\n']);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /"msg":"http: \/livez failed: boom"/);
    assert.equal((await get('/startupz')).status, 200);
  });

  test('ends the start with HTTP_LISTEN_FAILED if the port is in use', async (t) => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    t.after(() => void other.close());
    const bound = other.address();
    assert.ok(typeof bound === 'object' && bound !== null);
    const server = new HttpServer({
      address: { host: '127.0.0.1', port: bound.port },
      health: { startup: () => [], live: () => [], ready: () => [] },
      logger: pino({ level: 'silent' }),
    });
    await assert.rejects(server.start(), {
      code: 'HTTP_LISTEN_FAILED',
      message: new RegExp(`^http: cannot listen on 127\\.0\\.0\\.1:${bound.port}: .*EADDRINUSE`),
    });
    await server.stop();
  });

  test('answers a probe while a client holds 1,000 connections, idle or with an answer left unread', async (t) => {
    const body = 'x'.repeat(64 * 1024 * 1024);
    const { get, port } = await serve(t, { metrics: () => ({ type: 'text/plain', body: () => body }) });
    const held = await Promise.all(Array.from({ length: 1_000 }, () => opened(t, port)));
    for (const [index, socket] of held.entries()) if (index % 100 === 0) socket.write(requestOf('/metrics'));
    for (let count = 0; count < 3; count++) {
      const response = await get('/livez', { headers: { connection: 'close' } });
      assert.deepEqual([response.status, await response.text()], [200, 'ok\n']);
    }
  });

  test('keeps a connection whose request its handler has not answered, and ends one that asked later', async (t) => {
    const responses: ServerResponse[] = [];
    const { port } = await serve(t, { handler: () => (_request, response) => void responses.push(response) });
    const [kept, idle] = [await opened(t, port), await opened(t, port)];
    kept.write(requestOf('/stream'));
    await waitFor(() => responses.length === 1, { what: 'the request' });
    const ended = once(idle, 'close');
    await Promise.all(Array.from({ length: 999 }, () => opened(t, port)));
    await ended;
    responses[0]?.end('answered');
    const [data] = await once(kept, 'data');
    assert.match(String(data), /answered/);
  });

  test('ends a connection that sends 1,000 requests at once, and answers at most 8 of them', async (t) => {
    let rendered = 0;
    const metrics = () => ({ type: 'text/plain', body: () => `${++rendered}` });
    const handled: string[] = [];
    const handler = () => (message: IncomingMessage) => void handled.push(message.url ?? '');
    const { port, get } = await serve(t, { metrics, handler });
    for (const path of ['/metrics', '/']) {
      const socket = await opened(t, port);
      const ended = once(socket, 'close');
      socket.resume().write(requestOf(path).repeat(1_000));
      await ended;
    }
    assert.ok(rendered <= 8, `${rendered} rendered`);
    assert.ok(handled.length <= 8, `${handled.length} handled`);
    assert.equal((await get('/livez')).status, 200);
  });

  test('ends the connections that a client keeps open when it stops', async (t) => {
    const { get, server } = await serve(t);
    await (await get('/livez')).text();
    await server.stop();
    await assert.rejects(get('/livez'));
  });
});

async function opened(t: TestContext, port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

function requestOf(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
}

function boom(): never {
  throw new Error('boom');
}
