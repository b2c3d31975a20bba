import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AmqpConnection } from '../../../../src/broker/connection/amqp-connection.js';
import { collectGarbage } from '../../../../workers/heap/full-collection.js';
import { RETRY_MS } from '../broker-ends.js';
import { BrokerConnectionBench } from './broker-connection-bench.js';

/** V8 optimizes the code after about 400. */
const LOSSES = 1_000;

test('a lost connection is garbage, also once V8 has optimized the code that waits for the next', async (t) => {
  const opened: WeakRef<AmqpConnection>[] = [];
  const bench = new BrokerConnectionBench(t, {
    onOpen: (connection) => void opened.push(new WeakRef(connection)),
    isHarmless: () => true,
  });
  await bench.start();
  for (let losses = 0; losses < LOSSES; losses++) {
    await bench.lose();
    await bench.pass(RETRY_MS);
  }
  assert.equal(opened.length, LOSSES + 1);
  collectGarbage();
  const alive = opened.flatMap((connection, index) => (connection.deref() === undefined ? [] : [index]));
  assert.deepEqual(alive, [LOSSES]);
  assert.equal(bench.connection.isOpen, true);
});
