import { test } from 'node:test';
import { pino } from 'pino';
import { MessageMemory } from '../../../src/amqp/index.js';
import { type BrokerAddress, ConsumerConnection, Publisher } from '../../../src/broker/index.js';
import { FakeBroker, type Part } from '../../support/amqp/fake-broker.js';
import { fuzzCase } from '../../support/amqp/fuzz-case.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { byLength } from '../../support/test-length.js';
import { waitFor } from '../../support/wait.js';

const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const CASES = byLength({ short: 300, full: 3_000 });
const TOPOLOGY = {
  exchanges: [],
  queues: [
    {
      queue: 'q',
      durable: true,
      autoDelete: false,
      exclusive: false,
      passive: false,
      arguments: {},
      bindings: [],
      path: 'queues[0]',
      place: 'config.yml:1:1  queues[0]',
    },
  ],
};
const MESSAGE = {
  exchange: '',
  routingKey: 'q',
  mandatory: true,
  body: Buffer.from('x'),
  headers: Buffer.alloc(0),
  properties: { persistent: true },
};

test(`${CASES} connections with invalid bytes from a fake broker end without other harm (seed ${SEED})`, async (t) => {
  const random = new SeededRandom(SEED);
  const broker = await FakeBroker.start();
  const tried: string[] = [];
  const recent = (): string => tried.slice(-4).join('\n');
  const failed = (error: Error): void =>
    console.error(`after case ${tried.length} of seed ${SEED}:\n${recent()}\n`, error);
  process.on('uncaughtExceptionMonitor', failed);
  const address: BrokerAddress = {
    protocol: 'amqp',
    hosts: [{ host: broker.host, port: broker.port }],
    username: 'guest',
    password: 'guest',
    vhost: '/',
    heartbeatSeconds: undefined,
  };
  // No wait between two connections.
  const settings = {
    connectTimeoutMs: 10_000,
    retry: { firstMs: 1, longestMs: 1 },
    stallTimeoutMs: 60_000,
    tls: {},
  };
  const options = { address, settings, logger: pino({ level: 'silent' }), random: () => 0 };
  let delivered = 0;
  const connection = new ConsumerConnection({
    ...options,
    name: 'consumer',
    topology: TOPOLOGY,
    memory: new MessageMemory(),
    subscriptions: [
      {
        queue: 'q',
        consumerTag: 'tag',
        prefetch: 10,
        busyAt: 1,
        arguments: {},
        place: 'config.yml:1:1  consumers[0]',
        isStream: false,
        wantsDeliveries: () => false,
        onDelivery: (message, epoch) => {
          delivered++;
          epoch.settle(message.deliveryTag, 'ack');
          message.release();
        },
        onLost: () => undefined,
        onCancelled: () => false,
      },
    ],
  });
  const publisher = new Publisher({ ...options, name: 'publisher' });
  const over = new AbortController();
  const publishing = (async () => {
    while (!over.signal.aborted) {
      await Promise.allSettled([publisher.publish(MESSAGE), publisher.publish(MESSAGE)]);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
  t.after(async () => {
    over.abort();
    process.off('uncaughtExceptionMonitor', failed);
    await Promise.all([connection.stop(), publisher.stop()]);
    await broker.close();
  });

  await connection.start();
  await publisher.publish(MESSAGE);
  broker.nextPart = (): Part => {
    const next = fuzzCase(random);
    tried.push(next.name);
    return next.part;
  };
  broker.cut();
  for (let before = -1; tried.length < CASES; ) {
    before = tried.length;
    await waitFor(() => tried.length > before, { timeoutMs: 30_000, what: () => `a connection after\n${recent()}` });
  }
  broker.nextPart =
    () =>
    ({ bytes }) =>
      bytes;
  const { acked } = broker;
  delivered = 0;
  await waitFor(() => delivered >= 3 && broker.acked >= acked + 3, {
    timeoutMs: 30_000,
    what: () => `deliveries after\n${recent()}`,
  });
  over.abort();
  await publishing;
  // The last corrupt connection may lose one publish.
  const isPublished = (): Promise<boolean> =>
    publisher.publish(MESSAGE).then(
      () => true,
      () => false,
    );
  await waitFor(isPublished, { timeoutMs: 30_000, what: () => `a confirm after\n${recent()}` });
  await waitFor(() => broker.connections <= 2, { timeoutMs: 30_000, what: 'corrupt connections to close' });
});
