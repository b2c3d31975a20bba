import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { TcpProxy } from '../../support/network/tcp-proxy.js';
import { waitFor } from '../../support/wait.js';

test('a proxy forwards in both directions and counts its connections', async (t) => {
  const proxy = await echoProxy(t);
  const client = await open(t, proxy);
  assert.equal(await ask(client, 'hello'), 'hello');
  assert.equal(proxy.connections, 1);
  client.end();
  await waitFor(() => proxy.connections === 0, { what: 'the closed connection to be forgotten' });
});

test('cut breaks the open connections and accepts new ones', async (t) => {
  const proxy = await echoProxy(t);
  const client = await open(t, proxy);
  await ask(client, 'before');
  proxy.cut();
  await closed(client);
  assert.equal(await ask(await open(t, proxy), 'after'), 'after');
});

test('a reset closes a socket that is just shutting down, so its process can end', async () => {
  const module = new URL('../../support/network/reset.js', import.meta.url).href;
  // In a process of its own: a leaked handle stops its event loop.
  const script = `
    import { connect, createServer } from 'node:net';
    import { reset } from '${module}';
    const server = createServer((socket) => socket.on('error', () => {}).on('close', () => server.close()));
    server.listen(0, '127.0.0.1', () => {
      const client = connect(server.address().port, '127.0.0.1', () => {
        client.on('error', () => {});
        client.end();
        reset(client);
      });
    });`;
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { timeout: 20_000 });
});

test('refuse ends new connections until accept, and keeps the open ones', async (t) => {
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

test('a blackhole keeps connections open and silent, and restore forwards the data that it held', async (t) => {
  const proxy = await echoProxy(t);
  const client = await open(t, proxy);
  await ask(client, 'before');
  proxy.blackhole();
  const answer = ask(client, 'held');
  const late = await open(t, proxy);
  const lateAnswer = ask(late, 'late');
  const direct = await open(t, { host: proxy.host, port: proxy.targetPort });
  // The target answers other clients, so the proxy causes the silence.
  for (let round = 0; round < 20; round += 1) assert.equal(await ask(direct, 'direct'), 'direct');
  assert.equal(client.bytesRead, 'before'.length);
  assert.equal(late.bytesRead, 0);
  assert.equal(client.destroyed, false);
  proxy.restore();
  assert.equal(await answer, 'held');
  assert.equal(await lateAnswer, 'late');
});

test('a blackhole hides the end of a connection until restore', async (t) => {
  const proxy = await echoProxy(t);
  const [early, other] = [await open(t, proxy), await open(t, proxy)];
  for (const client of [early, other]) await ask(client, 'before');
  proxy.blackhole();
  early.resetAndDestroy();
  const direct = await open(t, { host: proxy.host, port: proxy.targetPort });
  for (let round = 0; round < 20; round += 1) assert.equal(await ask(direct, 'direct'), 'direct');
  assert.equal(proxy.connections, 2);
  proxy.restore();
  await waitFor(() => proxy.connections === 1, { what: 'the closed connection to be forgotten' });
  assert.equal(await ask(other, 'after'), 'after');
});

test('a delay postpones each chunk, and a shorter delay keeps their order', async (t) => {
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

test('a trickle forwards single bytes in both directions, and all remaining bytes when it ends', async (t) => {
  const proxy = await echoProxy(t);
  const client = await open(t, proxy);
  const chunks: string[] = [];
  client.on('data', (text: string) => chunks.push(text));
  proxy.trickle(500);
  client.write('drop by drop');
  await waitFor(() => chunks.join('') === 'drop by drop', { what: 'every byte to come back' });
  assert.ok(chunks.length > 6, `in pieces: ${chunks.join('|')}`);
  proxy.trickle(1);
  client.write('the rest');
  proxy.trickle(0);
  await waitFor(() => chunks.join('') === 'drop by dropthe rest', { what: 'the remaining bytes to come at once' });
});

test('half-open closes the side of the target and leaves the client open and silent', async (t) => {
  const proxy = await echoProxy(t);
  const client = await open(t, proxy);
  await ask(client, 'before');
  proxy.halfOpen();
  client.write('into the void');
  const late = await open(t, proxy);
  for (let round = 0; round < 20; round += 1) assert.equal(await ask(late, 'after'), 'after');
  assert.equal(client.bytesRead, 'before'.length);
  assert.equal(client.destroyed, false);
  proxy.cut();
  await closed(client);
});

test('flapping cuts again and again until steady', async (t) => {
  const proxy = await echoProxy(t);
  proxy.flap(30);
  for (let round = 0; round < 3; round += 1) await closed(await open(t, proxy));
  assert.ok(proxy.cuts >= 3);
  proxy.steady();
  assert.equal(await ask(await open(t, proxy), 'calm'), 'calm');
});

test('frames are dropped from client to server, each whole, after the protocol header', async (t) => {
  const proxy = await echoProxy(t);
  const client = (await open(t, proxy)).setEncoding('latin1');
  let received = '';
  client.on('data', (text: string) => (received += text));
  const header = Buffer.from('AMQP\0\0\x09\x01', 'latin1');
  const [ack, get] = [frame({ channel: 1, method: [60, 80] }), frame({ channel: 2, method: [60, 70] })];
  proxy.dropFrames(({ channel, method }) => channel === 1 && method === '60.80');
  const stream = Buffer.concat([header, get, ack, get, ack]);
  // In uneven pieces: a frame begins in one chunk and ends in another.
  for (const [from, to] of [
    [0, 5],
    [5, 13],
    [13, 40],
    [40, stream.length],
  ] as const)
    client.write(stream.subarray(from, to));
  const kept = Buffer.concat([header, get, get]).toString('latin1');
  await waitFor(() => received === kept, { what: () => `only the kept frames, got ${JSON.stringify(received)}` });
  proxy.dropFrames();
  client.write(ack);
  await waitFor(() => received === kept + ack.toString('latin1'), { what: 'all frames to pass again' });
});

function frame({ channel, method }: { channel: number; method: readonly [number, number] }): Buffer {
  const bytes = Buffer.alloc(7 + 6 + 1);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt16BE(channel, 1);
  bytes.writeUInt32BE(6, 3);
  bytes.writeUInt16BE(method[0], 7);
  bytes.writeUInt16BE(method[1], 9);
  bytes.writeUInt8(0xce, 13);
  return bytes;
}

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

/** Unlike `once`, it ignores an earlier error. */
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
