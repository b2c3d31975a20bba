import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, type DaemonOptions, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { CLEAN } from '../../support/daemon/stage.js';
import { type CollectedSpan, Collector } from '../../support/tracing/collector.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PUBLISHER = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${PUBLISHER}-01`;
const HEADERS = { headers: { traceparent: TRACEPARENT } };
const ERROR = 2;

interface Traced {
  readonly vhost: TestVhost;
  readonly daemon: Daemon;
  readonly collector: Collector;
}

interface TracedOptions {
  /** Threads that have the SDK. Default: all. */
  readonly sdk?: 'all' | 'main' | 'workers';
  readonly parent?: boolean;
  readonly sampleRatio?: number;
  readonly entry?: object;
  readonly consumer?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** Another daemon in the same trace. */
interface Beside extends TracedOptions {
  readonly queue?: string;
  readonly at?: Pick<Traced, 'vhost' | 'collector'>;
}

async function traced(t: TestContext, options: Beside = {}): Promise<Traced> {
  const { sdk = 'all', parent = false, sampleRatio = 1, entry, consumer = 'Traced', env } = options;
  const { args = [], queue = 'q', at } = options;
  const vhost = at?.vhost ?? (await testVhost(t));
  const collector = at?.collector ?? (await Collector.start(t));
  const daemon = await startDaemon(t, {
    url: vhost.url,
    args: ['--threads', '1', ...args],
    env: { ...importing('sdk.mjs'), TEST_SDK: sdk, TEST_COLLECTOR: collector.url, ...env },
    config: {
      tracing: { enabled: true, parent, sample_ratio: sampleRatio },
      queues: [{ queue }],
      consumers: [{ consumer: `${fixture('tracing/consumers.mjs')}:${consumer}`, queue, ...entry }],
    },
  });
  await daemon.ready();
  return { vhost, daemon, collector };
}

function importing(file: string): Record<string, string> {
  return { NODE_OPTIONS: `--import=${pathToFileURL(fixture(`tracing/${file}`)).href}` };
}

function one(spans: readonly CollectedSpan[]): CollectedSpan {
  const [span = assert.fail('no span'), ...others] = spans;
  assert.deepEqual(others, []);
  return span;
}

function errorOf({ status, attributes, exceptions }: CollectedSpan): object {
  return { status, type: attributes['error.type'], exception: exceptions[0] };
}

for (const sdk of ['all', 'main'] as const) {
  const where = sdk === 'all' ? 'in all threads' : 'in the main thread alone';

  describe(`with the SDK ${where}`, () => {
    test('publisher, consumer, publisher and consumer of two daemons are one trace with `parent`', async (t) => {
      const first = await traced(t, { sdk, parent: true });
      const second = await traced(t, { sdk, parent: true, queue: 'next', at: first });
      const { vhost, collector } = first;
      await vhost.publish(
        'q',
        { id: 'a', how: 'publishes', to: 'next' },
        { ...HEADERS, messageId: 'm', correlationId: 'c' },
      );
      const last = one(await collector.holds('consume next'));
      const consume = one(await collector.holds('consume q'));
      const publish = one(await collector.holds('publish amq.default'));
      assert.deepEqual([consume.traceId, publish.traceId, last.traceId], [TRACE, TRACE, TRACE]);
      assert.deepEqual(
        [consume.parentSpanId, publish.parentSpanId, last.parentSpanId],
        [PUBLISHER, consume.spanId, publish.spanId],
      );
      assert.deepEqual([consume.kind, publish.kind, last.kind], [5, 4, 5]);
      assert.deepEqual([consume.links, last.links], [[], []]);
      const { attributes } = consume;
      const port = Number(new URL(vhost.url).port);
      assert.deepEqual(
        { ...attributes, 'server.port': Number(attributes['server.port']) },
        {
          'messaging.system': 'rabbitmq',
          'messaging.operation.name': 'consume',
          'messaging.operation.type': 'process',
          'messaging.destination.name': 'q',
          'messaging.rabbitmq.destination.routing_key': 'q',
          'messaging.rabbitmq.message.delivery_tag': 1,
          'messaging.message.id': 'm',
          'messaging.message.conversation_id': 'c',
          'server.address': vhost.host,
          'server.port': port,
        },
      );
      assert.equal(publish.attributes['messaging.operation.type'], 'send');
      assert.equal(publish.attributes['messaging.destination.name'], 'next');
      assert.ok(publish.startMs >= consume.startMs && publish.endMs <= consume.endMs + 1, 'within its consume');
      for (const { daemon } of [first, second]) assert.deepEqual(await daemon.stop(), CLEAN);
      assert.deepEqual(
        first.daemon.lines.filter(({ level }) => Number(level) >= 40),
        [],
      );
    });

    test('without `parent`, each `consume` begins a trace, linked to its publisher', async (t) => {
      const first = await traced(t, { sdk });
      await traced(t, { sdk, queue: 'next', at: first });
      const { vhost, collector } = first;
      await vhost.publish('q', { id: 'a', how: 'publishes', to: 'next' }, HEADERS);
      const last = one(await collector.holds('consume next'));
      const consume = one(await collector.holds('consume q'));
      const publish = one(await collector.holds('publish amq.default'));
      assert.deepEqual(consume.links, [{ traceId: TRACE, spanId: PUBLISHER }]);
      assert.deepEqual(last.links, [{ traceId: publish.traceId, spanId: publish.spanId }]);
      assert.deepEqual([consume.parentSpanId, last.parentSpanId], ['', '']);
      assert.equal(publish.parentSpanId, consume.spanId);
      assert.equal(new Set([TRACE, consume.traceId, last.traceId]).size, 3);
    });

    test('a message that `sample_ratio` drops has no spans, and its publishes have none', async (t) => {
      const first = await traced(t, { sdk, parent: true, sampleRatio: 0 });
      await traced(t, { sdk: 'all', parent: true, queue: 'next', at: first });
      const { vhost, collector } = first;
      await vhost.publish('q', { id: 'dropped', how: 'publishes', to: 'next' });
      await vhost.publish('q', { id: 'a', how: 'publishes', to: 'next' }, HEADERS);
      assert.equal(one(await collector.holds('consume q')).traceId, TRACE);
      // Only sampled publishes of a thread without an SDK carry their context on.
      const next = await collector.holds('consume next', sdk === 'all' ? 1 : 2);
      assert.equal(next.filter(({ traceId }) => traceId === TRACE).length, 1);
      assert.equal(next.length, sdk === 'all' ? 1 : 2);
    });

    test('the span begins with `consume`, not when the message is handed over', async (t) => {
      const { vhost, collector } = await traced(t, { sdk, entry: { prefetch_count: 10 } });
      for (const id of ['a', 'b', 'c']) await vhost.publish('q', { id });
      const spans = (await collector.holds('consume q', 3)).toSorted((left, right) => left.startMs - right.startMs);
      for (const [index, span] of spans.entries()) {
        assert.ok(span.startMs >= (spans[index - 1]?.endMs ?? 0) - 1, 'one after the other');
      }
    });

    test('a throw sets the status; the retry has a span of its own, and the same traceparent', async (t) => {
      const { vhost, daemon, collector } = await traced(t, {
        sdk,
        entry: { retry: { attempts: 2, delay: '100ms' } },
      });
      await vhost.publish('q', { id: 'a', how: 'throws' }, HEADERS);
      const spans = await collector.holds('consume q', 2);
      assert.equal(spans.length, 2);
      for (const span of spans) {
        assert.deepEqual(errorOf(span), { status: ERROR, type: 'LookupError', exception: 'no such user' });
        assert.equal(span.statusText, 'no such user');
        assert.deepEqual(span.links, [{ traceId: TRACE, spanId: PUBLISHER }]);
      }
      assert.notEqual(spans[0]?.spanId, spans[1]?.spanId);
      await vhost.holds('q.dead', 1);
      const [dead] = await vhost.takeAll('q.dead');
      assert.equal(dead?.properties.headers?.['traceparent'], TRACEPARENT);
      assert.deepEqual(
        daemon.records().map(({ traceparent }) => traceparent),
        [TRACEPARENT, TRACEPARENT],
      );
    });

    test('the death of a thread ends the span of its message, with the cause', async (t) => {
      const { vhost, daemon, collector } = await traced(t, { sdk, entry: { max_deaths: 1 } });
      await vhost.publish('q', { id: 'a', how: 'dies' }, HEADERS);
      await daemon.waitForRecords((records) => records.length === 1);
      await writeFile(join(daemon.folder, 'die'), '');
      const consume = one(await collector.holds('consume q'));
      assert.equal(consume.status, ERROR);
      assert.match(String(consume.attributes['error.type']), /^[A-Z]\w+$/);
      assert.match(consume.statusText, /exited with code:? 3|exit code 3/);
      assert.deepEqual(consume.links, [{ traceId: TRACE, spanId: PUBLISHER }]);
      const [begun = 0, died = 0] = daemon.records().map(({ at }) => Number(at));
      assert.ok(died > begun);
      // The records have whole milliseconds.
      assert.ok(consume.endMs - consume.startMs >= died - begun - 1, `${consume.endMs - consume.startMs} ms`);
      if (sdk === 'all') assert.equal(one(await collector.holds('query a')).parentSpanId, consume.spanId);
      await vhost.holds('q.dead', 1);
      assert.deepEqual(await daemon.stop(), CLEAN);
      assert.equal(collector.named('consume q').length, 1);
    });

    test('a thread that is terminated at timeout.hard has its span ended as DELIVERY_TIMEOUT', async (t) => {
      const { vhost, collector } = await traced(t, { sdk, entry: { timeout: { hard: '300ms' }, max_deaths: 1 } });
      await vhost.publish('q', { id: 'a', how: 'hangs' });
      const [consume = assert.fail()] = await collector.holds('consume q');
      assert.equal(consume.attributes['error.type'], 'DELIVERY_TIMEOUT');
    });

    test('a message that outlasts the shutdown timeout has its span ended as SHUTDOWN_TIMEOUT', async (t) => {
      const { vhost, daemon, collector } = await traced(t, { sdk, args: ['--shutdown-timeout', '300ms'] });
      await vhost.publish('q', { id: 'a', how: 'hangs' });
      await daemon.waitForRecords((records) => records.length === 1);
      assert.equal((await daemon.stop()).code, 1);
      assert.equal(one(collector.named('consume q')).attributes['error.type'], 'SHUTDOWN_TIMEOUT');
    });

    test('a batch is one span with a link per publisher and the number of messages', async (t) => {
      const { vhost, collector } = await traced(t, {
        sdk,
        parent: true,
        consumer: 'TracedBatch',
        entry: { batch: { size: 3, wait: '1m' } },
      });
      await (await vhost.channel()).assertQueue('next');
      const other = { traceId: TRACE.replace('0', '1'), spanId: PUBLISHER };
      await vhost.publish('q', { how: 'publishes' }, HEADERS);
      await vhost.publish('q', {}, { headers: { traceparent: `00-${other.traceId}-${other.spanId}-01` } });
      await vhost.publish('q', {});
      const batch = one(await collector.holds('consume q'));
      assert.deepEqual(batch.links, [{ traceId: TRACE, spanId: PUBLISHER }, other]);
      assert.deepEqual([batch.attributes['messaging.batch.message_count'], batch.parentSpanId], [3, '']);
      assert.equal(one(await collector.holds('publish amq.default')).parentSpanId, batch.spanId);
      for (const how of ['throws', '', '']) await vhost.publish('q', { how });
      const [, failed = assert.fail()] = await collector.holds('consume q', 2);
      assert.deepEqual(errorOf(failed), { status: ERROR, type: 'Error', exception: 'the batch is wrong' });
    });

    test('the death of a thread ends the one span of its batch', async (t) => {
      const { vhost, daemon, collector } = await traced(t, {
        sdk,
        consumer: 'TracedBatch',
        entry: { batch: { size: 2, wait: '1m' }, max_deaths: 1 },
      });
      for (const how of ['dies', '']) await vhost.publish('q', { how }, HEADERS);
      const [batch = assert.fail()] = await collector.holds('consume q');
      await daemon.waitForLine({ msg: /^worker thread 0 died/ });
      assert.deepEqual([batch.status, batch.attributes['messaging.batch.message_count']], [ERROR, 2]);
      assert.equal(batch.links.length, 2);
      assert.deepEqual(await daemon.stop(), CLEAN);
      assert.equal(collector.named('consume q').length, 1);
    });

    test('a publish that the broker refuses has the error', async (t) => {
      const { vhost, collector } = await traced(t, { sdk });
      await vhost.publish('q', { id: 'a', how: 'publishes to nowhere' });
      const [publish = assert.fail()] = await collector.holds('publish no such exchange');
      assert.deepEqual([publish.status, publish.attributes['error.type']], [ERROR, 'PUBLISH_REFUSED']);
    });

    test('a publish never overwrites the traceparent of its caller', async (t) => {
      const { vhost, collector } = await traced(t, { sdk });
      await (await vhost.channel()).assertQueue('next');
      const own = `00-${TRACE}-00f067aa0ba902b7-00`;
      await vhost.publish('q', { id: 'a', how: 'publishes', to: 'next', headers: { traceparent: own, tenant: 'x' } });
      await vhost.holds('next', 1);
      const [message] = await vhost.takeAll('next');
      assert.deepEqual(message?.properties.headers, { traceparent: own, tenant: 'x' });
      await collector.holds('publish amq.default');
    });

    test('hostile trace headers do no harm: garbage, other types, 60 kB of tracestate', async (t) => {
      const { vhost, daemon, collector } = await traced(t, { sdk, parent: true });
      const hostile = [
        { traceparent: 'garbage' },
        { traceparent: '00-00000000000000000000000000000000-0000000000000000-01' },
        { traceparent: 7, tracestate: true, baggage: { nested: ['x'] } },
        { traceparent: 'x'.repeat(60_000) },
        { traceparent: TRACEPARENT, tracestate: 'k=v,'.repeat(15_000) },
        { traceparent: TRACEPARENT, tracestate: '\u0000,=,,=\n', baggage: '%%%;=;' },
      ];
      for (const headers of hostile) await vhost.publish('q', { id: 'h' }, { headers });
      const spans = await collector.holds('consume q', hostile.length);
      const parents = spans.map(({ parentSpanId }) => parentSpanId).toSorted();
      assert.deepEqual(parents, ['', '', '', '', PUBLISHER, PUBLISHER]);
      assert.deepEqual(await daemon.stop(), CLEAN);
      assert.deepEqual(
        daemon.lines.filter(({ level }) => Number(level) >= 40),
        [],
      );
    });

    test('what is not sampled makes no span', async (t) => {
      const { vhost, daemon, collector } = await traced(t, { sdk, env: { TEST_SAMPLED: '0' } });
      await (await vhost.channel()).assertQueue('next');
      await vhost.publish('q', { id: 'a', how: 'publishes', to: 'next' });
      await vhost.holds('next', 1);
      assert.deepEqual(await daemon.stop(), CLEAN);
      assert.deepEqual(collector.spans, []);
    });
  });
}

test("a user's span and publish hang below `consume`, by --import on the command line of node", async (t) => {
  const vhost = await testVhost(t);
  const collector = await Collector.start(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    args: ['--threads', '2'],
    env: { TEST_COLLECTOR: collector.url, TEST_SDK: 'all' },
    shell: `node=$1; shift; exec "$node" --import '${pathToFileURL(fixture('tracing/sdk.mjs')).href}' "$@"`,
    config: {
      tracing: {},
      queues: [{ queue: 'q' }],
      consumers: [{ consumer: `${fixture('tracing/consumers.mjs')}:Traced`, queue: 'q', consumer_count: 4 }],
    },
  });
  await daemon.ready();
  const ids = Array.from({ length: 20 }, (_, index) => `m${index}`);
  for (const id of ids) await vhost.publish('q', { id, how: 'ends' }, { messageId: id });
  const consumed = await collector.holds('consume q', ids.length);
  for (const id of ids) {
    const query = one(await collector.holds(`query ${id}`));
    const own = consumed.filter(({ attributes }) => attributes['messaging.message.id'] === id);
    assert.deepEqual([query.parentSpanId, query.traceId], [one(own).spanId, one(own).traceId]);
  }
});

async function untraced(t: TestContext, options: Pick<DaemonOptions, 'env'>, tracing: object): Promise<Daemon> {
  const vhost = await testVhost(t);
  const consumers = [{ consumer: `${fixture('consumers.mjs')}:Acks`, queue: 'q' }];
  return startDaemon(t, { url: vhost.url, config: { tracing, queues: [{ queue: 'q' }], consumers }, ...options });
}

test('without a registered SDK the daemon warns once and runs', async (t) => {
  const daemon = await untraced(t, {}, { enabled: true });
  await daemon.ready();
  assert.deepEqual(await daemon.stop(), CLEAN);
  const warnings = daemon.lines.filter(({ level }) => Number(level) >= 40).map(({ msg }) => msg);
  assert.deepEqual(warnings, [
    'tracing is enabled, but no OpenTelemetry SDK is registered in the main thread: load one with --import',
  ]);
});

test('without @opentelemetry/api the start ends with 78 and says how to install it', async (t) => {
  const daemon = await untraced(t, { env: importing('no-api.mjs') }, { enabled: true });
  assert.equal((await daemon.exit()).code, 78);
  const { code, msg } = await daemon.waitForLine({ msg: /@opentelemetry\/api cannot be loaded/ });
  assert.equal(code, 'TRACING_UNAVAILABLE');
  assert.match(String(msg), /npm install @opentelemetry\/api/);
});

test('`enabled: false` needs neither the API nor an SDK', async (t) => {
  const daemon = await untraced(t, { env: importing('no-api.mjs') }, { enabled: false });
  await daemon.ready();
  assert.deepEqual(await daemon.stop(), CLEAN);
});

function isApm({ event, ...rest }: Record<string, unknown>): boolean {
  return event === 'start' || 'messages' in rest;
}

test('diagnostics_channel reports each call of `consume` to APMs, without tracing', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    env: importing('apm.mjs'),
    config: {
      queues: [{ queue: 'q' }],
      consumers: [{ consumer: `${fixture('tracing/consumers.mjs')}:Traced`, queue: 'q', retry: { attempts: 1 } }],
    },
  });
  await daemon.ready();
  await vhost.publish('q', { id: 'a' });
  await vhost.publish('q', { id: 'b', how: 'throws' });
  const records = await daemon.waitForRecords((all) => all.filter(isApm).length >= 5);
  assert.deepEqual(
    records
      .filter(isApm)
      .map(({ queue, consumer, messages, event, error }) => [queue, consumer, messages, event, error]),
    [
      ['q', 'Traced', 1, 'start', null],
      ['q', 'Traced', 1, 'asyncEnd', null],
      ['q', 'Traced', 1, 'start', null],
      ['q', 'Traced', 1, 'error', 'no such user'],
      ['q', 'Traced', 1, 'asyncEnd', 'no such user'],
    ],
  );
});
