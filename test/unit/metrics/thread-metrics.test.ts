import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConsumerError, DispatcherError } from '../../../src/errors/index.js';
import { ThreadMetrics } from '../../../src/metrics/thread-metrics.js';

const NONE = { crash: 0, out_of_memory: 0, timeout: 0, recycle: 0 };

function group(...loops: readonly (readonly [active: number, idle: number])[]) {
  return { name: 'shared', threads: [], loops: loops.map(([active, idle]) => ({ active, idle })) };
}

describe('the metrics of threads', () => {
  test('count each end in the group of its thread, by its cause', () => {
    const metrics = new ThreadMetrics(['shared', 'shared', 'Slow']);
    assert.deepEqual([metrics.endsOf('shared'), metrics.endsOf('Slow')], [NONE, NONE]);
    metrics.died(0, new ConsumerError('WORKER_DIED', 'process.exit'));
    metrics.died(1, Object.assign(new Error('heap'), { code: 'ERR_WORKER_OUT_OF_MEMORY' }));
    metrics.died(2, new DispatcherError('DELIVERY_TIMEOUT', 'outlasted timeout.hard'));
    metrics.recycled(2);
    assert.deepEqual(metrics.endsOf('shared'), { ...NONE, crash: 1, out_of_memory: 1 });
    assert.deepEqual(metrics.endsOf('Slow'), { ...NONE, timeout: 1, recycle: 1 });
  });

  test('add no group for an unknown thread', () => {
    const metrics = new ThreadMetrics(['shared']);
    metrics.recycled(7);
    assert.deepEqual([metrics.endsOf('shared'), metrics.endsOf('')], [NONE, undefined]);
  });

  test('measure the utilization since the last scrape', () => {
    const metrics = new ThreadMetrics(['shared']);
    assert.equal(metrics.utilization(group([0, 0], [0, 0])), 0);
    assert.equal(metrics.utilization(group([100, 0], [0, 100])), 0.5);
    assert.equal(metrics.utilization(group([200, 0], [100, 100])), 1);
    assert.equal(metrics.utilization(group([200, 100], [100, 200])), 0);
  });

  test('measure threads that compute all the time, whatever the fractions of their times', () => {
    const metrics = new ThreadMetrics(['shared']);
    metrics.utilization(group([0, 812.3]));
    // 333.3 + 812.3 - 812.3 is less than 333.3.
    assert.equal(metrics.utilization(group([333.3, 812.3])), 1);
  });

  test('keep the last utilization for a second scrape at once, and while a thread is replaced', () => {
    const metrics = new ThreadMetrics(['shared']);
    metrics.utilization(group([100, 100], [100, 100]));
    assert.equal(metrics.utilization(group([100, 100], [100, 100])), 0.5);
    assert.equal(metrics.utilization(group([150, 150])), 0.5);
    assert.equal(metrics.utilization(group([250, 150], [0, 0])), 1);
  });
});
