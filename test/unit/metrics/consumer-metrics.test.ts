import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { areMetricChanges } from '../../../src/bridge/index.js';
import { ConsumerMetrics } from '../../../src/metrics/consumer-metrics.js';
import { writeFamilies } from '../../../src/metrics/exposition/exposition.js';
import { MetricRegistry } from '../../../workers/metrics/metric-registry.js';

/** The metrics of the main thread, and of threads that post what is due when the test says so. */
class Bench {
  readonly lines: string[] = [];
  readonly main: ConsumerMetrics;

  constructor() {
    const write = (line: string): void => void this.lines.push(String(Reflect.get(Object(JSON.parse(line)), 'msg')));
    this.main = new ConsumerMetrics(pino({ level: 'info' }, { write }));
  }

  thread(): { metrics: MetricRegistry; post: () => void; end: () => void } {
    const metrics = new MetricRegistry(() => undefined);
    const source = {};
    const post = (): void => {
      metrics.end();
      const changes: unknown = structuredClone(metrics.takeDue() ?? []);
      assert.ok(areMetricChanges(changes), JSON.stringify(changes));
      this.main.receive(source, changes);
    };
    return { metrics, post, end: () => this.main.gone(source) };
  }

  get series(): string[] {
    return writeFamilies(this.main.families(), 'prometheus')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
  }
}

function open(t: TestContext): Bench {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  return new Bench();
}

describe("a consumer's metrics", () => {
  test('count over all threads, and go on from there when a thread is replaced', (t) => {
    const bench = open(t);
    const threads = [bench.thread(), bench.thread()];
    for (const { metrics, post } of threads) {
      metrics.counter('mail_sent_total', { help: 'Sent' }).add();
      metrics.counter('mail_sent').add(2);
      post();
      post();
    }
    assert.deepEqual(bench.series, ['mail_sent_total 6']);
    threads[0]?.end();
    const successor = bench.thread();
    successor.metrics.counter('mail_sent_total').add(1);
    successor.post();
    assert.deepEqual(bench.series, ['mail_sent_total 7']);
    assert.match(
      writeFamilies(bench.main.families(), 'prometheus'),
      /^# HELP mail_sent_total Sent\n# TYPE .* counter\n/,
    );
  });

  test('have a series for each set of labels, whatever their order', (t) => {
    const bench = open(t);
    const { metrics, post } = bench.thread();
    const counter = metrics.counter('x');
    counter.add(1, { b: 2, a: true });
    counter.add(1, { a: true, b: 2 });
    counter.add(1, { a: 'true', b: '3"' });
    post();
    assert.deepEqual(bench.series, ['x_total{a="true",b="2"} 2', 'x_total{a="true",b="3\\""} 1']);
  });

  test('add up the gauges of all living threads', (t) => {
    const bench = open(t);
    const [first, second] = [bench.thread(), bench.thread()];
    const gauges = [first, second].map(({ metrics }) => metrics.gauge('open'));
    gauges[0]?.set(5);
    gauges[1]?.set(3);
    gauges[1]?.add(-1);
    first.post();
    second.post();
    assert.deepEqual(bench.series, ['open 7']);
    gauges[0]?.add(1);
    first.post();
    assert.deepEqual(bench.series, ['open 8']);
    first.end();
    assert.deepEqual(bench.series, ['open 2']);
    second.end();
    assert.deepEqual(bench.series, ['open 0']);
  });

  test('take the largest value of a gauge across threads, and keep it when they end', (t) => {
    const bench = open(t);
    const [first, second] = [bench.thread(), bench.thread()];
    first.metrics.gauge('last_seconds', { across: 'max' }).set(100);
    second.metrics.gauge('last_seconds', { across: 'max' }).set(50);
    first.post();
    second.post();
    assert.deepEqual(bench.series, ['last_seconds 100']);
    second.end();
    first.end();
    assert.deepEqual(bench.series, ['last_seconds 100']);
  });

  test('add up histograms over all threads', (t) => {
    const bench = open(t);
    for (const value of [1, 50, 500]) {
      const { metrics, post, end } = bench.thread();
      const histogram = metrics.histogram('amount', { buckets: [10, 100] });
      histogram.observe(value, { kind: 'a' });
      post();
      histogram.observe(value, { kind: 'a' });
      post();
      end();
    }
    assert.deepEqual(bench.series, [
      'amount_bucket{kind="a",le="10.0"} 2',
      'amount_bucket{kind="a",le="100.0"} 4',
      'amount_bucket{kind="a",le="+Inf"} 6',
      'amount_sum{kind="a"} 1102',
      'amount_count{kind="a"} 6',
    ]);
  });

  test('have at most 1,000 series, with one warning however often more come', (t) => {
    const bench = open(t);
    for (const { metrics, post } of [bench.thread(), bench.thread()]) {
      const counter = metrics.counter('users');
      for (let id = 0; id < 3_000; id++) counter.add(1, { id: id + bench.series.length });
      post();
      counter.add(1, { id: 'one more' });
      post();
    }
    assert.equal(bench.series.length, 1_000);
    assert.deepEqual(bench.lines, ['metric users is incomplete: it has more than 1000 series']);
  });

  test('leave out values and labels that are no use, with one warning, and never throw', (t) => {
    const bench = open(t);
    const { metrics, post } = bench.thread();
    const counter = metrics.counter('x');
    counter.add(1);
    counter.add(-1);
    counter.add(Number.NaN);
    counter.add(Number.POSITIVE_INFINITY);
    counter.add(Number.MAX_VALUE, { huge: 'a' });
    counter.add(Number.MAX_VALUE, { huge: 'a' });
    for (const name of ['le', '__name__', 'a-b', '', '1a']) counter.add(1, { [name]: 'x' });
    counter.add(1, Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`label_${at}`, 'x'])));
    counter.add(1, { long: 'x'.repeat(10_000) });
    post();
    post();
    assert.deepEqual(bench.series, [
      'x_total 1',
      `x_total{huge="a"} ${Number.MAX_VALUE}`,
      `x_total{long="${'x'.repeat(200)}"} 1`,
    ]);
    assert.deepEqual(bench.lines, ['metric x is incomplete: a value or label is invalid']);
  });

  test('refuse a name that is none, is taken by the daemon, or would meet the series of another metric', (t) => {
    const { metrics } = open(t).thread();
    const names = ['', '1a', 'a-b', 'a b', 'amqp_dispatcher_x', 'process_x', 'x_sum', 'x_bucket', 'x_count', 'é'];
    for (const name of names) assert.throws(() => metrics.counter(name), { code: 'METRIC_INVALID' }, name);
    assert.throws(() => metrics.gauge('x_total'), { code: 'METRIC_INVALID' });
    for (const buckets of [[], [2, 1], [1, 1], [Number.NaN], Array.from({ length: 51 }, (_, at) => at)])
      assert.throws(() => metrics.histogram('x', { buckets }), { code: 'METRIC_INVALID' });
    metrics.counter('y');
    assert.throws(() => metrics.gauge('y'), { code: 'METRIC_INVALID', message: 'metric "y": it is a counter already' });
  });

  test('warn if threads define one name differently, and keep the first', (t) => {
    const bench = open(t);
    const [first, second] = [bench.thread(), bench.thread()];
    first.metrics.counter('x').add();
    second.metrics.gauge('x').set(7);
    first.post();
    second.post();
    assert.deepEqual(bench.series, ['x_total 1']);
    assert.equal(bench.lines.length, 1);
    assert.match(bench.lines[0] ?? '', /^metric x is incomplete: consumers define it as counter and as gauge/);
  });

  test('are due at once the first time, and then once a second', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let posts = 0;
    const metrics = new MetricRegistry(() => posts++);
    const counter = metrics.counter('x');
    assert.equal(metrics.takeDue(), undefined);
    counter.add();
    assert.equal(metrics.takeDue()?.length, 1);
    counter.add();
    assert.equal(metrics.takeDue(), undefined);
    t.mock.timers.tick(1_000);
    assert.equal(posts, 1);
    assert.equal(metrics.takeDue()?.[0]?.series[0]?.value, 1);
    t.mock.timers.tick(5_000);
    assert.equal(posts, 1);
  });
});
