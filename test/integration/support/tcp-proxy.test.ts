import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { waitFor } from '../../support/wait.js';

test('a proxy forwards in both directions and counts its connections', async (t) => {
  const proxy = await echoProxy(t);
  const client = await open(t, proxy);
  assert.equal(await ask(client, 'hello'), 'hello');
  assert.equal(proxy.connections, 1);
  client.end();
  await waitFor(() => proxy.connections === 0, { what: 'the closed connection to be forgotten' });
});

test('cut breaks the open connections and serves new ones', async (t) => {
  const proxy = await echoProxy(t);
  const client = await open(t, proxy);
  await ask(client, 'before');
  proxy.cut();
  await closed(client);
  assert.equal(await ask(await open(t, proxy), 'after'), 'after');
});

test('refuse ends new connections until accept, and lets the open ones live', async (t) => {
  const proxy = await echoProxy(t);
  const early = await open(t, proxy);
  await ask(early, 'before');
  proxy.refuse();
  const refused = connect(proxy.port, proxy.host);
  refused.on('error', () => {});
  await closed(refused);
  assert.equal(refused.bytesRead, 0);
  assert.equal(await ask(early, 'still'), 'still');
  proxy.accept();
  assert.equal(await ask(await open(t, proxy), 'again'), 'again');
});

test('a blackhole keeps connections open and silent, and restore forwards what was held back', async (t) => {
  const proxy = await echoProxy(t);
  const client = await open(t, proxy);
  await ask(client, 'before');
  proxy.blackhole();
  const answer = ask(client, 'held');
  const late = await open(t, proxy);
  const lateAnswer = ask(late, 'late');
  const direct = await open(t, { host: proxy.host, port: proxy.targetPort });
  // The target answers others meanwhile: the silence is the proxy's.
  for (let round = 0; round < 20; round += 1) assert.equal(await ask(direct, 'direct'), 'direct');
  assert.equal(client.bytesRead, 'before'.length);
  assert.equal(late.bytesRead, 0);
  assert.equal(client.destroyed, false);
  proxy.restore();
  assert.equal(await answer, 'held');
  assert.equal(await lateAnswer, 'late');
});

test('a delay holds each chunk back, and a shorter delay keeps their order', async (t) => {
  const proxy = await echoProxy(t);
  const client = await open(t, proxy);
  await ask(client, 'x');
  proxy.delay(60);
  const started = performance.now();
  assert.equal(await ask(client, 'slow'), 'slow');
  assert.ok(performance.now() - started >= 118, 'both directions are delayed');

  let received = '';
  client.on('data', (text: string) => (received += text));
  const seen = proxy.bytesSeen;
  client.write('1');
  await waitFor(() => proxy.bytesSeen > seen, { what: 'the first chunk to be in the delay line' });
  proxy.delay(0);
  client.write('2');
  await waitFor(() => received.length === 2, { what: 'both chunks to come back' });
  assert.equal(received, '12');
});

async function echoProxy(t: TestContext): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(isAddress(address));
  const proxy = await TcpProxy.start({ port: address.port });
  t.after(async () => {
    await proxy.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return proxy;
}

function isAddress(value: AddressInfo | string | null): value is AddressInfo {
  return typeof value === 'object' && value !== null;
}

async function open(t: TestContext, { host, port }: { host: string; port: number }): Promise<Socket> {
  const socket = connect(port, host).setEncoding('utf8');
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Unlike `once`, it does not mind the error that comes before. */
async function closed(socket: Socket): Promise<void> {
  if (socket.closed) return;
  await new Promise((resolve) => {
    socket.once('close', resolve);
  });
}

async function ask(socket: Socket, text: string): Promise<unknown> {
  const answer = once(socket, 'data');
  socket.write(text);
  const [chunk]: unknown[] = await answer;
  return chunk;
}
