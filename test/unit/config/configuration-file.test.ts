import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type ConsumerConfig, formatProblem, loadConfiguration } from '../../../src/config/index.js';
import { CONSUMERS, configurationOf } from './readings.js';
import { repositoryFile } from './repository-file.js';

/** The YAML blocks of the original program's README as one file. */
const ORIGINAL = `startup_handler: amqpdispatcher.example_startup:startup

queues:
  - queue: notify_mat_job
    durable: true
    auto_delete: false
    passive: true
    exclusive: false
    x_dead_letter_exchange: null
    x_dead_letter_routing_key: null
    x_max_length: null
    x_expires: null
    x_message_ttl: null
    bindings:
      - exchange: notify
        routing_key: transaction.*
      - exchange: notify
        routing_key: click.*

  - queue: notify_apsalar_job
    bindings:
      - exchange: notify
        routing_key: transaction.*
      - exchange: notify
        routing_key: click.*

consumers:
  - consumer: workers.module:Consumer
    consumer_count: 1
    queue: test_queue
    prefetch_count: 2
  - consumer: workers.module_2:Consumer
    consumer_count: 2
    queue: test_queue_2
    prefetch_count: 10
`;

/** Those of a queue in ORIGINAL. */
function bindingsOf(queue: number, lines: readonly [number, number]): object[] {
  return ['transaction.*', 'click.*'].map((routingKey, index) => ({
    exchange: 'notify',
    routingKey,
    arguments: {},
    place: `/srv/app/config.yml:${lines[index]}:9  queues[${queue}].bindings[${index}]`,
  }));
}

function consumerOf(keys: string): ConsumerConfig | undefined {
  return configurationOf(`consumers: [{consumer: ./a.js, queue: q, ${keys}}]`).consumers[0];
}

describe('the configuration of a valid file', () => {
  it('accepts the YAML in the README of the original program unchanged', () => {
    const { startupHandler, queues, consumers, ...rest } = configurationOf(ORIGINAL);
    assert.equal(startupHandler?.module, 'amqpdispatcher.example_startup');
    assert.equal(startupHandler.exportName, 'startup');
    assert.deepEqual(queues, [
      {
        queue: 'notify_mat_job',
        durable: true,
        autoDelete: false,
        exclusive: false,
        passive: true,
        arguments: {},
        bindings: bindingsOf(0, [15, 17]),
        path: 'queues[0]',
        place: '/srv/app/config.yml:4:5  queues[0]',
      },
      {
        queue: 'notify_apsalar_job',
        durable: true,
        autoDelete: false,
        exclusive: false,
        passive: false,
        arguments: {},
        bindings: bindingsOf(1, [22, 24]),
        path: 'queues[1]',
        place: '/srv/app/config.yml:20:5  queues[1]',
      },
    ]);
    assert.deepEqual(
      consumers.map(({ reference, queue, consumerCount, prefetchCount }) => [
        reference.module,
        reference.exportName,
        queue,
        consumerCount,
        prefetchCount,
      ]),
      [
        ['workers.module', 'Consumer', 'test_queue', 1, 2],
        ['workers.module_2', 'Consumer', 'test_queue_2', 2, 10],
      ],
    );
    assert.deepEqual(rest, {
      file: '/srv/app/config.yml',
      baseDir: '/srv/app',
      startupTimeoutMs: 60_000,
      summaryMs: 60_000,
      connection: {
        connectTimeoutMs: 10_000,
        retry: { firstMs: 100, longestMs: 30_000 },
        stallTimeoutMs: 60_000,
        tls: {},
      },
      resourceLimits: {},
      exchanges: [],
    });
  });

  it('fills the defaults of a consumer with only a class and a queue', () => {
    const consumers = configurationOf(CONSUMERS).consumers.map(({ locate: _locate, ...consumer }) => consumer);
    assert.deepEqual(consumers, [
      {
        consumer: './email.js:Email',
        reference: {
          module: './email.js',
          exportName: 'Email',
          place: '/srv/app/config.yml:2:15  consumers[0].consumer',
        },
        name: 'Email',
        queue: 'mail',
        consumerCount: 1,
        prefetchCount: 1,
        maxDeaths: 3,
        onExhausted: 'dead_letter',
        resourceLimits: {},
        shutdownTimeoutMs: 10_000,
        arguments: {},
        options: {},
        middleware: [],
        path: 'consumers[0]',
        place: '/srv/app/config.yml:2:5  consumers[0]',
      },
    ]);
  });

  it('defaults prefetch_count to two batches per instance, up to the limit of AMQP', () => {
    const defaults = [
      ['batch: {}', 2 * 3 * 100],
      ['batch: {size: 7}', 2 * 3 * 7],
      ['batch: {size: 10000}', 60_000],
      ['batch: {size: 10000}, prefetch_count: 5', 5],
    ] as const;
    for (const [keys, prefetch] of defaults) {
      assert.equal(consumerOf(`consumer_count: 3, ${keys}`)?.prefetchCount, prefetch, keys);
    }
    const many = consumerOf('consumer_count: 9, batch: {size: 9000}');
    assert.equal(many?.prefetchCount, 65_535);
    assert.deepEqual(many?.batch, { size: 9_000, waitMs: 500 });
  });

  it('defaults prefetch_count to consumer_count', () => {
    const [consumer] = configurationOf(`${CONSUMERS}    consumer_count: 7\n`).consumers;
    assert.equal(consumer?.prefetchCount, 7);
  });

  it('omits threads and startup handler when the file does', () => {
    const configuration = configurationOf(CONSUMERS);
    assert.equal('threads' in configuration, false);
    assert.equal('startupHandler' in configuration, false);
  });

  it('fills the defaults of an exchange', () => {
    assert.deepEqual(configurationOf(`exchanges:\n  - {exchange: e, type: topic}\n${CONSUMERS}`).exchanges, [
      {
        exchange: 'e',
        type: 'topic',
        durable: true,
        autoDelete: false,
        internal: false,
        passive: false,
        arguments: {},
        bindings: [],
        path: 'exchanges[0]',
        place: '/srv/app/config.yml:2:5  exchanges[0]',
      },
    ]);
  });

  it('accepts a passive exchange without a type', () => {
    const [exchange] = configurationOf(`exchanges: [{exchange: e, passive: true}]\n${CONSUMERS}`).exchanges;
    assert.equal(exchange?.type, undefined);
  });

  it('moves x_ keys to the arguments as the broker spells them, without those that are null', () => {
    const text = `queues:
  - queue: q
    x_dead_letter_exchange: dead
    x_dead_letter_routing_key: ''
    x_max_length: 0
    x_expires: 1
    x_message_ttl: 0
    x_queue_type: classic
    arguments: {x-max-priority: 5}
  - queue: r
    x_max_length: null
    arguments: {x-max-length: 9}
${CONSUMERS}`;
    assert.deepEqual(
      configurationOf(text).queues.map((queue) => queue.arguments),
      [
        {
          'x-max-priority': 5,
          'x-dead-letter-exchange': 'dead',
          'x-dead-letter-routing-key': '',
          'x-max-length': 0,
          'x-expires': 1,
          'x-message-ttl': 0,
          'x-queue-type': 'classic',
        },
        { 'x-max-length': 9 },
      ],
    );
  });

  it('accepts sections, bindings, arguments and options with nothing after the colon', () => {
    const text = `exchanges:\nqueues:\n  - queue: q\n    bindings:\n    arguments:\n${CONSUMERS}    options:\n`;
    const { exchanges, queues, consumers } = configurationOf(text);
    assert.deepEqual(exchanges, []);
    assert.deepEqual([queues[0]?.bindings, queues[0]?.arguments, consumers[0]?.options], [[], {}, {}]);
  });

  it('defaults the routing key of a binding to empty text', () => {
    const [queue] = configurationOf(`queues: [{queue: q, bindings: [{exchange: e}]}]\n${CONSUMERS}`).queues;
    assert.deepEqual(queue?.bindings, [
      { exchange: 'e', routingKey: '', arguments: {}, place: '/srv/app/config.yml:1:32  queues[0].bindings[0]' },
    ]);
  });

  it('reads startup_timeout with a unit or in milliseconds', () => {
    assert.equal(configurationOf(`startup_timeout: 5m\n${CONSUMERS}`).startupTimeoutMs, 300_000);
    assert.equal(configurationOf(`startup_timeout: 1500\n${CONSUMERS}`).startupTimeoutMs, 1500);
  });

  it('reads the connection, and resolves the files of tls from the folder of the file', () => {
    const text = `connection:
  connect_timeout: 3s
  reconnect_delay: 200
  reconnect_delay_max: 5s
  stall_timeout: 2m
  tls: {ca: ./ca.pem, certificate: /etc/client.pem, key: client.key, server_name: rabbit}
${CONSUMERS}`;
    assert.deepEqual(configurationOf(text).connection, {
      connectTimeoutMs: 3000,
      retry: { firstMs: 200, longestMs: 5000 },
      stallTimeoutMs: 120_000,
      tls: { ca: '/srv/app/ca.pem', certificate: '/etc/client.pem', key: '/srv/app/client.key', serverName: 'rabbit' },
    });
  });

  it('reads thread limits and leaves absent ones to Node.js', () => {
    const text = `resource_limits: {max_old_generation_mb: 64, stack_mb: 2, nice: 0}\n${CONSUMERS}`;
    assert.deepEqual(configurationOf(text).resourceLimits, { maxOldGenerationSizeMb: 64, stackSizeMb: 2, nice: 0 });
  });

  it('follows anchors, aliases and merge keys', () => {
    const text = `queues:
  - &base
    queue: q
    durable: false
    bindings: &bindings [{exchange: e, routing_key: k}]
  - <<: *base
    queue: r
    bindings: *bindings
${CONSUMERS}`;
    const [first, second] = configurationOf(text).queues;
    const binding = { exchange: 'e', routingKey: 'k', arguments: {} };
    assert.equal(second?.durable, false);
    assert.deepEqual(first?.bindings, [{ ...binding, place: '/srv/app/config.yml:5:26  queues[0].bindings[0]' }]);
    assert.deepEqual(second.bindings, [{ ...binding, place: '/srv/app/config.yml:8:15  queues[1].bindings[0]' }]);
  });

  it('passes options through unchanged', () => {
    const text = `${CONSUMERS}    options: {deep: {list: [1, two, null, true]}, Any Key: 1.5}\n`;
    const expected = { deep: { list: [1, 'two', null, true] }, 'Any Key': 1.5 };
    assert.deepEqual(configurationOf(text).consumers[0]?.options, expected);
  });

  it('reads middleware as references in order, each with its position', () => {
    const text = `${CONSUMERS}    middleware:\n      - ./mw/timing.js:timing\n      - shared-middleware\n`;
    assert.deepEqual(configurationOf(text).consumers[0]?.middleware, [
      {
        module: './mw/timing.js',
        exportName: 'timing',
        written: './mw/timing.js:timing',
        path: 'consumers[0].middleware[0]',
        place: '/srv/app/config.yml:5:9  consumers[0].middleware[0]',
      },
      {
        module: 'shared-middleware',
        exportName: null,
        written: 'shared-middleware',
        path: 'consumers[0].middleware[1]',
        place: '/srv/app/config.yml:6:9  consumers[0].middleware[1]',
      },
    ]);
  });

  it('resolves a JSON Schema from the folder of the file, and does without one', () => {
    const schema = `${CONSUMERS}    decode: {json: {schema: ./schemas/email.json}}\n`;
    assert.deepEqual(configurationOf(schema).consumers[0]?.decode, {
      json: {
        schema: {
          file: '/srv/app/schemas/email.json',
          path: 'consumers[0].decode.json.schema',
          place: '/srv/app/config.yml:4:29  consumers[0].decode.json.schema',
        },
      },
    });
    const any = `${CONSUMERS}    decode: {json: {}}\n`;
    assert.deepEqual(configurationOf(any).consumers[0]?.decode, { json: {} });
    assert.equal(configurationOf(CONSUMERS).consumers[0]?.decode, undefined);
  });

  it('ignores a byte order mark', () => {
    assert.match(configurationOf(`\uFEFF${CONSUMERS}`).consumers[0]?.place ?? '', /:2:5 /);
  });
});

async function reportOf(file: string): Promise<string[]> {
  const reading = await loadConfiguration(file);
  return reading.ok ? [] : reading.problems.map(formatProblem);
}

describe('loadConfiguration', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'configuration-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('accepts the example file without a warning', async () => {
    const reading = await loadConfiguration(repositoryFile('config/dispatcher.example.yml'));
    assert.deepEqual(reading.ok ? reading.warnings : reading.problems.map(formatProblem), []);
  });

  it('returns absolute paths for a file with a relative name', async () => {
    const file = join(folder, 'relative.yml');
    await writeFile(file, CONSUMERS);
    const reading = await loadConfiguration(relative(process.cwd(), file));
    assert.ok(reading.ok);
    assert.equal(reading.configuration.file, file);
    assert.equal(reading.configuration.baseDir, folder);
  });

  it('reports a missing file', async () => {
    const file = join(folder, 'absent.yml');
    assert.deepEqual(await reportOf(file), [`${file}:1:1  the file does not exist`]);
    assert.equal((await reportOf(join(folder, 'a\0b'))).length, 1);
  });

  it('reports a folder', async () => {
    const file = join(folder, 'folder.yml');
    await mkdir(file);
    assert.deepEqual(await reportOf(file), [`${file}:1:1  is a folder, not a file`]);
  });

  it('reports a file without read permission', {
    skip: process.getuid?.() === 0 && 'root may read any file',
  }, async () => {
    const file = join(folder, 'secret.yml');
    await writeFile(file, CONSUMERS);
    await chmod(file, 0);
    assert.deepEqual(await reportOf(file), [`${file}:1:1  the file may not be read (permission denied)`]);
  });

  it('names the file in problems as the user did', async () => {
    const file = join(folder, 'wrong.yml');
    await writeFile(file, 'consumers: 5\n');
    const named = relative(process.cwd(), file);
    assert.deepEqual(await reportOf(named), [
      `${named}:1:12  consumers  is 5 (expected a list of at least one consumer)`,
    ]);
  });
});
