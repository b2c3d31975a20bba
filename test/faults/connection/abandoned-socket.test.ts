import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { waitFor } from '../../support/wait.js';

const PATIENCE_MS = 60_000;
/** Frame type 8 on channel 0, no payload, and the end of the frame. */
const HEARTBEAT = Buffer.from([8, 0, 0, 0, 0, 0, 0, 0xce]);
/** More than the buffers of both ends take. */
const HEARTBEATS = 4 * 1024 * 1024;

interface Line {
  readonly port: number;
  /** The clients that were served, in their order. */
  readonly clients: readonly Socket[];
  /** Forwards nothing more of the first client, in either direction. */
  fallSilent(): void;
}

async function lineTo(t: TestContext, port: number): Promise<Line> {
  const pairs: [client: Socket, broker: Socket][] = [];
  const clients: Socket[] = [];
  // Half-open: an end that comes is no reason to end here.
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
  // With anything unsent, this end knows of no close but the daemon's.
  await waitFor(() => abandoned?.closed, { what: 'the daemon to close the abandoned connection' });
  await daemon.stop();
});
