import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DeliveryError } from '../../../src/errors/index.js';
import { BrokerMetrics } from '../../../src/metrics/broker-metrics.js';

describe('the metrics of publishes', () => {
  for (const [error, result] of [
    [undefined, 'confirmed'],
    [new DeliveryError('PUBLISH_UNROUTABLE', 'no queue'), 'returned'],
    [new DeliveryError('PUBLISH_REFUSED', 'no exchange'), 'refused'],
    [new DeliveryError('PUBLISH_UNCONFIRMED', 'lost'), 'lost'],
    [new Error('unknown'), 'refused'],
  ] as const) {
    test(`count a publish that ends with ${error?.message ?? 'no error'} as ${result}, and tell its sender`, async () => {
      const metrics = new BrokerMetrics();
      const told: unknown[] = [];
      metrics.timing((outcome) => told.push(outcome))(error);
      assert.deepEqual(told, [error]);
      const promised = metrics.timed(error === undefined ? Promise.resolve() : Promise.reject(error));
      if (error === undefined) await promised;
      else await assert.rejects(promised, error);
      const none = { confirmed: 0, returned: 0, refused: 0, lost: 0 };
      assert.deepEqual(metrics.publishes, { ...none, [result]: 2 });
      assert.equal(metrics.confirm.read().count, result === 'confirmed' ? 2 : 0);
    });
  }
});
