import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { headerFrame, methodFrame } from '../../support/amqp/amqp-frames.js';
import { FakeBroker, type Part } from '../../support/amqp/fake-broker.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { waitFor } from '../../support/wait.js';

const HONEST: Part = ({ bytes }) => bytes;

async function openBroker(t: TestContext): Promise<FakeBroker> {
  const broker = await FakeBroker.start();
  t.after(() => broker.close());
  return broker;
}

async function consumeFrom(t: TestContext, broker: FakeBroker, more: object = {}): Promise<Daemon> {
  return startDaemon(t, {
    url: `amqp://guest:guest@${broker.host}:${broker.port}/`,
    config: {
      queues: [{ queue: 'q' }],
      consumers: [{ consumer: `${fixture('consumers.mjs')}:Acks`, queue: 'q' }],
      connection: { reconnect_delay_max: '1s' },
      ...more,
    },
    args: ['--threads', '1'],
  });
}

/** Changes the bytes of one stage of a connection. */
function corrupt(stage: string, change: (bytes: Buffer, channel: number) => Buffer): Part {
  let isDone = false;
  return (line) => {
    if (isDone || line.stage !== stage) return line.bytes;
    isDone = true;
    return change(line.bytes, line.channel);
  };
}

test('the daemon starts and consumes although its first connections fail, each at another stage', async (t) => {
  const broker = await openBroker(t);
  const random = new SeededRandom(7);
  // No frame begins with this byte, so the client does not wait for more.
  const garbage = (): Buffer => Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 1, 1, 1]), random.bytes(50)]);
  const stages = ['ConnectionStart', 'ConnectionTune', 'ConnectionOpenOk', 'ChannelOpenOk', 'QueueDeclareOk'];
  const parts = [
    ...stages.map((stage) => corrupt(stage, garbage)),
    corrupt('ConnectionOpenOk', (bytes) => Buffer.concat([bytes, garbage()])),
    corrupt('QueueDeclareOk', (_bytes, channel) => methodFrame('BasicQosOk', channel)),
    corrupt('BasicConsumeOk', (bytes) => Buffer.concat([bytes, garbage()])),
  ];
  const spoiled = parts.length;
  broker.nextPart = () => parts.shift() ?? HONEST;
  const daemon = await consumeFrom(t, broker);
  await daemon.ready(60_000);
  await waitFor(() => broker.acked >= 3, { what: 'three acks' });
  assert.equal(parts.length, 0);
  const told = daemon.lines.filter(({ msg }) => /^(cannot connect|connection lost)/.test(String(msg)));
  assert.ok(told.length >= spoiled, `${told.length} of ${spoiled} are in the log`);
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  assert.equal(daemon.stderr, '');
});

test('the daemon closes a connection that delivers beyond the prefetch, and consumes on a new one', async (t) => {
  const broker = await openBroker(t);
  const flood = corrupt('BasicDeliver', (_bytes, channel) => {
    const message = (deliveryTag: number): Buffer[] => [
      methodFrame('BasicDeliver', channel, {
        consumerTag: '',
        deliveryTag,
        redelivered: false,
        exchange: '',
        routingKey: 'q',
      }),
      headerFrame(channel, 0),
    ];
    return Buffer.concat(Array.from({ length: 20_000 }, (_, index) => message(index + 1)).flat());
  });
  let parts = 0;
  broker.nextPart = () => (parts++ === 0 ? flood : HONEST);
  const daemon = await consumeFrom(t, broker);
  await daemon.waitForLine({ msg: /^connection lost: .*the broker ignores the prefetch of 1 / });
  const before = broker.acked;
  await waitFor(() => broker.acked >= before + 3, { what: 'the acks on the next connection' });
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
});

for (const [what, spoiled] of Object.entries({
  'ends no connection': (bytes: Buffer) => Buffer.concat([bytes, Buffer.from([1, 0, 0, 0, 0, 0, 1, 1, 1])]),
  'answers no close': (bytes: Buffer) => Buffer.concat([bytes, methodFrame('BasicQosOk', 99)]),
})) {
  test(`the daemon closes its socket to a broker that ${what}, and connects again`, async (t) => {
    const broker = await openBroker(t);
    const daemon = await consumeFrom(t, broker);
    await daemon.ready();
    broker.endsWithClient = false;
    const isDeaf = corrupt('BasicDeliver', spoiled);
    let parts = 0;
    broker.nextPart = () =>
      parts++ === 0
        ? (line, socket) => (line.stage === 'ConnectionCloseOk' ? undefined : isDeaf(line, socket))
        : HONEST;
    broker.cut();
    await waitFor(() => parts >= 2, { timeoutMs: 30_000, what: 'the connection after the corrupt one' });
    await waitFor(() => broker.connections === 1, { timeoutMs: 30_000, what: 'the corrupt connection to close' });
    broker.endsWithClient = true;
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  });
}

test('an unreachable host is not a refusal, even if its port is 403', async (t) => {
  const daemon = await startDaemon(t, {
    url: 'amqp://guest:guest@127.0.0.1:403/',
    config: { queues: [{ queue: 'q' }], consumers: [{ consumer: `${fixture('consumers.mjs')}:Acks`, queue: 'q' }] },
    args: ['--threads', '1'],
  });
  await daemon.waitForLine({ msg: /^cannot connect to 127\.0\.0\.1:403/ });
  await daemon.waitForLine({ msg: /^reconnecting in/ });
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
});

test('the daemon abandons a broker whose greeting never ends', async (t) => {
  const broker = await openBroker(t);
  let trickle: NodeJS.Timeout | undefined;
  t.after(() => clearInterval(trickle));
  let parts = 0;
  broker.nextPart = () => {
    if (parts++ > 0) return HONEST;
    return ({ bytes }, socket) => {
      trickle = setInterval(() => socket.writable && socket.write(bytes.subarray(0, 1)), 200);
      return Buffer.from([1, 0, 0, 0, 1, 0, 0]);
    };
  };
  const daemon = await consumeFrom(t, broker, { connection: { connect_timeout: '1s' } });
  await daemon.waitForLine({ msg: /^cannot connect to .*no answer within connect_timeout \(1000 ms\)/ });
  await daemon.ready(60_000);
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
});
