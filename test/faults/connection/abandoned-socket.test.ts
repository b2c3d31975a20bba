import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { waitFor } from '../../support/wait.js';

const PATIENCE_MS = 60_000;
/** A heartbeat: frame type 8 on channel 0, no payload, the end octet. */
const HEARTBEAT = Buffer.from([8, 0, 0, 0, 0, 0, 0, 0xce]);
/** More than the socket buffers of both ends hold. */
const HEARTBEATS = 4 * 1024 * 1024;

interface Line {
  readonly port: number;
  /** The clients so far, in order. */
  readonly clients: readonly Socket[];
  /** Stops forwarding for the first client, in both directions. */
  fallSilent(): void;
}

async function lineTo(t: TestContext, port: number): Promise<Line> {
  const pairs: [client: Socket, broker: Socket][] = [];
  const clients: Socket[] = [];
  // Half-open: do not end this side when the other one ends.
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const broker = connect(port, '127.0.0.1');
    for (const socket of [client, broker]) socket.on('error', () => {}); // followed by close
    client.pipe(broker).pipe(client);
    pairs.push([client, broker]);
    clients.push(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of pairs.flat()) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  const fallSilent = (): void => {
    const [first] = pairs;
    if (first === undefined) throw new Error('nobody is connected');
    const [client, broker] = first;
    client.unpipe(broker);
    broker.unpipe(client);
    client.resume(); // swallowed
  };
  return { port: address.port, clients, fallSilent };
}

test('the daemon closes an abandoned socket even if its peer returns and sends more data', async (t) => {
  const vhost = await testVhost(t);
  const line = await lineTo(t, vhost.port);
  const daemon = await startDaemon(t, {
    url: vhost.url.replace(String(vhost.port), String(line.port)),
    config: { queues: [{ queue: 'q' }], consumers: [{ consumer: `${fixture('consumers.mjs')}:Acks`, queue: 'q' }] },
    env: { RABBITMQ_HEARTBEAT: '2' },
  });
  await daemon.ready(PATIENCE_MS);
  const [abandoned] = line.clients;
  line.fallSilent();
  await daemon.waitForLine({ msg: /^connection lost: .*heartbeat/i }, PATIENCE_MS);
  assert.equal(abandoned?.writable, true);
  abandoned?.write(Buffer.alloc(HEARTBEATS * HEARTBEAT.length, HEARTBEAT));
  await daemon.waitForLine({ msg: /^consuming again/ }, PATIENCE_MS);
  // With unsent data in its buffer this end sees only a close by the daemon.
  await waitFor(() => abandoned?.closed, { what: 'the daemon to close the abandoned connection' });
  await daemon.stop();
});
