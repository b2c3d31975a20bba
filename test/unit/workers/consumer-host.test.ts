import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cost } from '../../../src/bridge/index.js';
import type { Amqp, ConsumerContext, Message } from '../../../src/consumer-api/index.js';
import { deferred } from '../../../src/timing/index.js';
import { HostBench, slotOf } from './host-bench.js';

class Mail {
  consume(): void {
    // Returns, which acks.
  }
}
class Broken {
  constructor() {
    throw new Error('no connection');
  }
  consume(): void {
    assert.fail('it was never made');
  }
}

/** Consumers that run until the test ends them, and note why their signals abort. */
function waiting() {
  const done = deferred();
  const aborted: string[] = [];
  const amqps: Amqp[] = [];
  class Slow {
    async consume(amqp: Amqp, message: Message): Promise<void> {
      amqps.push(amqp);
      amqp.signal.addEventListener('abort', () => {
        aborted.push(`${Buffer.from(message.body).toString()} ${Object(amqp.signal.reason).code}`);
      });
      await done.promise;
    }
  }
  return { Slow, done, aborted, amqps };
}

describe('the consumer host of a thread', () => {
  test('makes an instance for each slot, says so before user code runs, and tells that it hosts', async () => {
    const bench = await HostBench.hosting([slotOf(0, 'Mail'), slotOf(1, 'Mail')], { consumers: { Mail } });
    assert.deepEqual(bench.posted, [{ type: 'hosted', failures: [] }]);
    assert.deepEqual(
      bench.steps.map(({ kind, subject }) => `${kind}: ${subject}`),
      ['instance: the constructor of Mail', 'instance: the constructor of Mail'],
    );
  });

  test("gives each instance the resources of its thread, and a failed one's replacement too", async () => {
    const seen: unknown[] = [];
    class Fails {
      constructor({ resources }: ConsumerContext) {
        seen.push(resources);
      }
      consume(): void {
        throw new Error('bad luck');
      }
    }
    const bench = await HostBench.hosting([slotOf(0, 'Fails'), slotOf(1, 'Fails')], { consumers: { Fails } });
    bench.offer('a');
    await bench.heard(1);
    assert.equal(seen.length, 3);
    for (const resources of seen) assert.equal(resources, bench.resources);
  });

  test('makes no instance if it is stopped while it loads the modules', async () => {
    let made = 0;
    class Counts {
      constructor() {
        made++;
      }
      consume(): void {
        // Returns, which acks.
      }
    }
    const slots = [slotOf(0, 'Counts')];
    const bench = new HostBench(slots, { consumers: { Counts } });
    const started = bench.host.start(slots);
    await bench.host.stop();
    await started;
    assert.equal(made, 0);
    assert.deepEqual(bench.posted, []);
  });

  test('tells whose constructor threw, lets the others serve, and makes that one later', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let isBroken = true;
    class Late {
      constructor() {
        if (isBroken) throw new Error('no connection');
      }
      consume(): void {
        // Returns, which acks.
      }
    }
    const bench = await HostBench.hosting([slotOf(0, 'Late'), slotOf(1, 'Mail')], { consumers: { Late, Mail } });
    const [hosted] = bench.posted;
    assert.ok(hosted?.type === 'hosted');
    assert.deepEqual(
      hosted.failures.map(({ slot, error }) => [slot, error.code, error.message]),
      [[0, 'CONSUMER_CONSTRUCTION_FAILED', 'the constructor of Late threw: no connection']],
    );
    bench.offer('a', 1);
    assert.deepEqual(await bench.heard(2), ['settle a ack', 'finished a']);
    isBroken = false;
    t.mock.timers.tick(100);
    assert.deepEqual((await bench.heard(3)).at(-1), 'slot 0 up');
    bench.offer('b', 0);
    assert.deepEqual((await bench.heard(5)).slice(3), ['settle b ack', 'finished b']);
  });

  test('makes nothing when one module cannot be loaded, and tells why', async () => {
    const bench = await HostBench.hosting([slotOf(0, 'Mail'), slotOf(1, 'Typo')], { consumers: { Mail } });
    const [failed] = bench.posted;
    assert.ok(failed?.type === 'host_failed');
    assert.equal(failed.error.code, 'CONSUMER_MODULE_NOT_FOUND');
    assert.deepEqual([bench.posted.length, bench.steps], [1, []]);
  });

  test('lets its instances take turns, so that a full slot keeps no other from its message', async () => {
    const done = deferred();
    const begun: string[] = [];
    let onBegin: ((name: string) => void) | undefined;
    class Turns {
      consume(_amqp: Amqp, { body }: Message): void | Promise<void> {
        const name = Buffer.from(body).toString();
        begun.push(name);
        onBegin?.(name);
        return name === 'a1' ? done.promise : undefined;
      }
    }
    const bench = await HostBench.hosting([slotOf(0, 'Turns'), slotOf(1, 'Turns')], { consumers: { Turns } });
    for (const name of ['a1', 'a2', 'a3']) bench.offer(name, 0);
    onBegin = (name) => {
      if (name !== 'a2') return;
      bench.offer('b1', 1);
      bench.link.flush();
    };
    await bench.quiet();
    done.resolve();
    await bench.heard(8);
    assert.deepEqual(begun, ['a1', 'a2', 'b1', 'a3']);
  });

  test('aborts the signal of a delivery that was lost, refuses its answer, and leaves its neighbour alone', async () => {
    const { Slow, done, aborted, amqps } = waiting();
    const bench = await HostBench.hosting([slotOf(0, 'Slow'), slotOf(1, 'Slow')], { consumers: { Slow } });
    const lost = bench.offer('a', 0);
    bench.offer('b', 1);
    await bench.quiet();
    bench.link.lose([lost], 'the channel was closed');
    assert.deepEqual(aborted, ['a DELIVERY_LOST']);
    await assert.rejects(amqps[0]?.ack() ?? assert.fail(), { code: 'DELIVERY_LOST' });
    done.resolve();
    await bench.heard(3);
    assert.deepEqual(bench.events.toSorted(), ['finished a', 'finished b', 'settle b ack']);
  });

  test('aborts the signal of a delivery that takes too long, whose answer counts all the same', async () => {
    const { Slow, done, aborted } = waiting();
    const bench = await HostBench.hosting([slotOf(0, 'Slow'), slotOf(1, 'Slow')], { consumers: { Slow } });
    const late = bench.offer('a', 0);
    bench.offer('b', 1);
    await bench.quiet();
    bench.link.expire(late, 'too long');
    assert.deepEqual(aborted, ['a DELIVERY_TIMEOUT']);
    done.resolve();
    assert.ok((await bench.heard(4)).includes('settle a ack'));
  });

  test('aborts every signal when the daemon stops', async () => {
    const { Slow, done, aborted } = waiting();
    const bench = await HostBench.hosting([slotOf(0, 'Slow'), slotOf(1, 'Slow')], { consumers: { Slow } });
    bench.offer('a', 0);
    bench.offer('b', 1);
    await bench.quiet();
    bench.host.receive({ type: 'abort', reason: 'the daemon stops' });
    assert.deepEqual(aborted, ['a DELIVERY_STOPPED', 'b DELIVERY_STOPPED']);
    done.resolve();
    await bench.heard(4);
  });

  test('shuts every instance down with null when it closes, and waits for all of them', async () => {
    const shutdowns: (Error | null)[] = [];
    const down = deferred();
    class Closing extends Mail {
      async shutdown(error: Error | null): Promise<void> {
        await down.promise;
        shutdowns.push(error);
      }
    }
    const bench = await HostBench.hosting([slotOf(0, 'Closing'), slotOf(1, 'Closing')], { consumers: { Closing } });
    const closed = bench.host.stop();
    await bench.quiet();
    assert.deepEqual(shutdowns, []);
    down.resolve();
    await closed;
    assert.deepEqual(shutdowns, [null, null]);
  });

  test('makes no further attempt at a constructor once it has closed', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const bench = await HostBench.hosting([slotOf(0, 'Broken')], { consumers: { Broken } });
    await bench.host.stop();
    t.mock.timers.tick(60_000);
    assert.deepEqual([await bench.quiet(), bench.lines], [[], []]);
  });

  test('takes the credit that each log line costs, and posts the line at once', async () => {
    class Talking {
      private readonly info: (line: string) => void;
      constructor({ logger }: { logger: { info(line: string): void } }) {
        this.info = (line) => logger.info(line);
      }
      consume(): void {
        for (const line of ['one', 'two', 'three']) this.info(line);
      }
    }
    const bench = await HostBench.hosting([slotOf(0, 'Talking')], { consumers: { Talking } });
    bench.offer('a');
    await bench.heard(2);
    assert.deepEqual(
      bench.lines.map(({ msg }) => msg),
      ['one', 'two', 'three'],
    );
    const costs = bench.posted.reduce((sum, each) => sum + (each.type === 'log' ? cost(each.line) : 0), 0);
    assert.equal(new Int32Array(bench.credit.memory)[0], costs);
  });

  test('tells a consumer of the confirm of what it publishes, and acks behind that', async () => {
    const outcomes: string[] = [];
    class Publishing {
      async consume(amqp: Amqp): Promise<void> {
        await amqp.publish('', 'other', {}, 'body');
        outcomes.push('confirmed');
      }
    }
    const bench = await HostBench.hosting([slotOf(0, 'Publishing')], { consumers: { Publishing } });
    bench.offer('a');
    assert.deepEqual(await bench.heard(2), ['settle a ack', 'finished a']);
    assert.deepEqual(outcomes, ['confirmed']);
  });
});
