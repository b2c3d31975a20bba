import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { LOSS_REASONS } from '../../../src/broker/index.js';
import { DeliveryFeed } from '../../../src/dispatch/delivery-events.js';
import { BrokerMetrics, PUBLISH_RESULTS, ROLES } from '../../../src/metrics/broker-metrics.js';
import { EntryMetrics, FAILURE_REASONS, OUTCOMES } from '../../../src/metrics/entry-metrics.js';
import { LabelText } from '../../../src/metrics/exposition/exposition.js';
import { LoopDelay, readFamilies, ThreadMetrics } from '../../../src/metrics/index.js';
import { END_REASONS } from '../../../src/metrics/thread-metrics.js';
import { THREAD_STATES } from '../../../src/threads/index.js';
import { consumerConfig } from '../dispatch/consumer-config.js';

/** Keeps the tables in docs/operations.md equal to the metrics and the alerts. */

const page = readFileSync(new URL('../../../../docs/operations.md', import.meta.url), 'utf8');
const alerts = readFileSync(new URL('../../../../config/prometheus/alerts.yml', import.meta.url), 'utf8');
const ROW = /^\| `((?:amqp_dispatcher|process)_\w+)` +\| (\w+) +\| ([^|]*)\|/gm;

function section(title: string): string {
  return page.split(/^## /m).find((each) => each.startsWith(`${title}\n`)) ?? assert.fail(`no section ${title}`);
}

/** Every metric as `name type labels`. */
function existing(): string[] {
  const feed = new DeliveryFeed();
  const entry = { ...consumerConfig('Email', 1), batch: { size: 10, waitMs: 100 } };
  const families = readFamilies({
    entries: [
      {
        entry,
        label: 'Email',
        slots: [],
        flow: { awaitingOutcome: 0 },
        log: { suppressed: 0 },
        metrics: new EntryMetrics({ feed, isBatch: true, nowMs: () => 0, wallMs: () => 0 }),
      },
    ],
    connection: { isConnected: true, subscribed: [true], paused: [false], prefetches: [1], server: undefined },
    publisher: { isConnected: false, isBlocked: false },
    groups: () => [{ name: 'shared', threads: [], loops: [] }],
    broker: new BrokerMetrics(),
    threads: new ThreadMetrics(['shared']),
    consumers: { families: () => [] },
    loopDelay: new LoopDelay(),
    version: '1.0.0',
    nowMs: () => 0,
  });
  return families.map(({ name, type, samples }) => {
    const labels = samples[0]?.labels ?? assert.fail(`${name} has no series`);
    const names = Object.keys(labels instanceof LabelText ? labels.labels : labels);
    return [type === 'counter' ? `${name}_total` : name, type, ...names].join(' ');
  });
}

describe('docs/operations.md', () => {
  test('has every metric with its type and labels, and no other', () => {
    const rows = [...section('Metrics').matchAll(ROW)].map(([, name = '', type = '', labels = '']) =>
      [name, type, ...labels.replaceAll('`', ' ').trim().split(/ +/)].join(' ').trim(),
    );
    assert.deepEqual(rows.toSorted(), existing().toSorted());
  });

  test('names every value of the labels that have few', () => {
    const values = [OUTCOMES, FAILURE_REASONS, PUBLISH_RESULTS, ROLES, LOSS_REASONS, END_REASONS, THREAD_STATES].flat();
    const text = section('Metrics');
    assert.deepEqual(
      values.filter((value) => !text.includes(`\`${value}\``)),
      [],
    );
  });

  test('has every alert, and no other', () => {
    const named = [...section('Alerts').matchAll(/`(AmqpDispatcher\w+)`/g)].map(([, name]) => name);
    const rules = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
    assert.ok(rules.length > 10);
    assert.deepEqual(new Set(named), new Set(rules));
  });
});
