import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { cost, LogCredit } from '../../../../src/bridge/index.js';

const MIB = 1024 * 1024;
const MODULE = new URL('../../../../src/bridge/index.js', import.meta.url).href;

/** Resolves when a thread with this credit may post such a line. */
async function waited(memory: SharedArrayBuffer, length: number): Promise<void> {
  const code = `
    const { workerData } = require('node:worker_threads');
    import(${JSON.stringify(MODULE)}).then(({ LogCredit }) => {
      const credit = new LogCredit(workerData.memory);
      credit.wait('x'.repeat(workerData.length));
    });`;
  await once(new Worker(code, { eval: true, workerData: { memory, length } }), 'exit');
}

describe('the credit for log lines', () => {
  test('counts their size in memory that both threads share', () => {
    const main = new LogCredit();
    const worker = new LogCredit(main.memory);
    for (let round = 0; round < 3; round++) {
      for (let count = 0; count < 512; count++) {
        worker.wait('a line');
        worker.take('a line');
      }
      assert.equal(new Int32Array(main.memory)[0], 512 * cost('a line'));
      main.give(512 * cost('a line'));
    }
    assert.equal(new Int32Array(main.memory)[0], 0);
  });

  test('lets a line through that is larger than the credit, if nothing else is unwritten', async () => {
    await waited(new LogCredit().memory, 5 * MIB);
  });

  test('makes a thread wait that has 2 Mi characters unwritten, until the main thread gives enough back', async () => {
    const credit = new LogCredit();
    const large = 'x'.repeat(MIB);
    credit.take(large);
    credit.take('a line');
    let isOver = false;
    const wait = async (): Promise<void> => {
      await waited(credit.memory, MIB);
      isOver = true;
    };
    const over = wait();
    // Notifying tells how many wait: none was woken before one waits.
    const open = new Int32Array(credit.memory);
    while (Atomics.notify(open, 0) === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isOver, false);
    credit.give(cost(large));
    await over;
  });
});
