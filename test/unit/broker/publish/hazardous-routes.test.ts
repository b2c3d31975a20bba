import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HazardousRoutes } from '../../../../src/broker/publish/hazardous-routes.js';

const A = { exchange: '', routingKey: 'a' };

function at(): { clock: { ms: number }; routes: HazardousRoutes } {
  const clock = { ms: 5_000 };
  return { clock, routes: new HazardousRoutes(() => clock.ms) };
}

describe('a route that closed a connection', () => {
  test('waits a second before its next message, and sends alone for a minute', () => {
    const { clock, routes } = at();
    assert.deepEqual([routes.isEmpty, routes.has(A)], [true, false]);
    routes.add(A);
    assert.deepEqual([routes.isEmpty, routes.waitMs(A)], [false, 1_000]);
    clock.ms += 400;
    assert.equal(routes.waitMs(A), 600);
    clock.ms += 2_000;
    assert.deepEqual([routes.waitMs(A), routes.has(A)], [0, true]);
    clock.ms += 60_000;
    assert.deepEqual([routes.has(A), routes.isEmpty], [false, true]);
  });

  test('is one exchange with one routing key', () => {
    const { routes } = at();
    routes.add(A);
    for (const other of [
      { exchange: 'a', routingKey: '' },
      { exchange: '', routingKey: 'b' },
    ]) {
      assert.equal(routes.has(other), false);
    }
  });

  test('is forgotten before thousands of routes fill the memory', () => {
    const { routes } = at();
    for (let number = 0; number <= 1_000; number++) routes.add({ exchange: '', routingKey: String(number) });
    assert.deepEqual(
      [routes.has({ exchange: '', routingKey: '0' }), routes.has({ exchange: '', routingKey: '1000' })],
      [false, true],
    );
  });
});
