import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Amqp, type BatchAmqp, type Message, Reject, Retry } from '../../../../src/consumer-api/index.js';
import { deferred } from '../../../../src/timing/index.js';
import { HostBench, slotOf } from '../host-bench.js';

type Consume = (amqp: Amqp, message: Message) => void | Promise<void>;

/** One instance that consumes so; `made` counts its instances, `shutdowns` what each was shut down with. */
async function consuming(consume: Consume, { shutdown = false } = {}) {
  const made: object[] = [];
  const shutdowns: (string | undefined)[] = [];
  class Mail {
    constructor() {
      made.push(this);
      if (shutdown) Object.assign(this, { shutdown: (error: Error | null) => void shutdowns.push(error?.message) });
    }
    consume(amqp: Amqp, message: Message): void | Promise<void> {
      return consume(amqp, message);
    }
  }
  const bench = await HostBench.hosting([slotOf(0, 'Mail')], { consumers: { Mail } });
  return { bench, made, shutdowns };
}

async function batching(consume: (amqp: BatchAmqp, messages: readonly Message[]) => void | Promise<void>) {
  class Mail {
    consume(amqp: BatchAmqp, messages: readonly Message[]): void | Promise<void> {
      return consume(amqp, messages);
    }
  }
  return HostBench.hosting([slotOf(0, 'Mail', 3)], { batchConsumers: { Mail } });
}

const text = ({ body }: Message): string => Buffer.from(body).toString();

describe('a consumer instance', () => {
  test('acks a message whose consume returns, and takes the next', async () => {
    const { bench } = await consuming(() => undefined);
    bench.offer('a');
    bench.offer('b');
    assert.deepEqual(await bench.heard(4), ['settle a ack', 'finished a', 'settle b ack', 'finished b']);
  });

  test('acks when the promise of consume is done, and begins nothing before that', async () => {
    const done = deferred();
    const begun: string[] = [];
    const { bench } = await consuming((_amqp, message) => {
      begun.push(text(message));
      return done.promise;
    });
    bench.offer('a');
    bench.offer('b');
    assert.deepEqual([await bench.quiet(), begun], [[], ['a']]);
    done.resolve();
    assert.deepEqual((await bench.heard(4))[0], 'settle a ack');
    assert.deepEqual(begun, ['a', 'b']);
  });

  test('fails a message whose consume throws or rejects, and goes on with a new instance', async () => {
    const { bench, made } = await consuming((_amqp, message) => {
      if (text(message) === 'a') throw new Error('thrown');
      return text(message) === 'b' ? Promise.reject(new Error('rejected')) : undefined;
    });
    for (const name of ['a', 'b', 'c']) bench.offer(name);
    assert.deepEqual(await bench.heard(4), ['failed a: thrown', 'failed b: rejected', 'settle c ack', 'finished c']);
    assert.equal(made.length, 3);
  });

  test('keeps the instance of a consumer that asks for a retry or rejects', async () => {
    const { bench, made } = await consuming((_amqp, message) => {
      throw text(message) === 'a' ? new Retry() : new Reject('no such user');
    });
    bench.offer('a');
    bench.offer('b');
    await bench.heard(2);
    assert.deepEqual(bench.events[1], 'failed b: no such user');
    assert.equal(made.length, 1);
  });

  test('shuts a failed consumer down with its error, and is down meanwhile', async () => {
    const { bench, made, shutdowns } = await consuming(
      () => {
        throw new Error('thrown');
      },
      { shutdown: true },
    );
    bench.offer('a');
    // Down is told first: what is told in several posts must not make the slot look free in between.
    assert.deepEqual(await bench.heard(3), ['slot 0 down', 'failed a: thrown', 'slot 0 up']);
    assert.deepEqual([shutdowns, made.length], [['thrown'], 2]);
  });

  test('makes a failed instance again after a growing wait, for as long as its constructor throws', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let attempts = 0;
    class Mail {
      constructor() {
        if (++attempts === 2 || attempts === 3) throw new Error(`attempt ${attempts}`);
      }
      consume(): void {
        throw new Error('thrown');
      }
    }
    const bench = await HostBench.hosting([slotOf(0, 'Mail')], { consumers: { Mail } });
    bench.offer('a');
    assert.deepEqual(await bench.heard(2), ['failed a: thrown', 'slot 0 down']);
    t.mock.timers.tick(100);
    t.mock.timers.tick(199);
    assert.equal(attempts, 3);
    t.mock.timers.tick(1);
    assert.deepEqual((await bench.heard(3)).at(-1), 'slot 0 up');
    assert.deepEqual(
      bench.lines.map(({ waitMs }) => waitMs),
      [100, 200],
    );
  });

  test('refuses a second answer, says so in the log, and tells the first one only', async () => {
    const refusals: unknown[] = [];
    const { bench } = await consuming(async (amqp) => {
      await amqp.nack();
      await amqp.ack().catch((error: unknown) => refusals.push(error));
    });
    bench.offer('a');
    assert.deepEqual(await bench.heard(2), ['settle a nackRequeue', 'finished a']);
    assert.deepEqual(
      refusals.map((error) => Object(error).code),
      ['DELIVERY_ALREADY_SETTLED'],
    );
    assert.match(String(bench.lines[0]?.['msg']), /has already been answered/);
  });

  test('refuses an answer after consume has returned', async () => {
    let kept: Amqp | undefined;
    const { bench } = await consuming((amqp) => {
      kept = amqp;
    });
    bench.offer('a');
    await bench.heard(2);
    await assert.rejects(kept?.reject() ?? assert.fail(), { code: 'DELIVERY_ALREADY_SETTLED' });
    assert.deepEqual(await bench.quiet(), ['settle a ack', 'finished a']);
  });

  test('skips what was taken back, says that its thread is awake, and runs what is left', async () => {
    const done = deferred();
    const begun: string[] = [];
    const { bench } = await consuming((_amqp, message) => {
      begun.push(text(message));
      return text(message) === 'a' ? done.promise : undefined;
    });
    const [, second] = ['a', 'b', 'c'].map((name) => bench.offer(name));
    await bench.quiet();
    assert.ok(bench.link.revoke(second ?? assert.fail()));
    done.resolve();
    await bench.heard(5);
    assert.deepEqual(begun, ['a', 'c']);
    assert.ok(bench.events.includes('slot 0 awake'));
  });

  test('writes the message that runs into each log line of its consumer', async () => {
    class Mail {
      private readonly log: (line: string) => void;
      constructor({ logger }: { logger: { info(line: string): void } }) {
        this.log = (line) => logger.info(line);
      }
      consume(): void {
        this.log('working');
      }
    }
    const bench = await HostBench.hosting([slotOf(0, 'Mail')], { consumers: { Mail } });
    bench.offer('a', 0, { properties: { messageId: 'm-1' } });
    await bench.heard(2);
    const [line] = bench.lines;
    assert.deepEqual([line?.['msg'], line?.['queue'], line?.['messageId']], ['working', 'q', 'm-1']);
  });
});

describe('a batch instance', () => {
  test('is called with all that was handed over at one time, up to its size', async () => {
    const batches: string[][] = [];
    const bench = await batching((_amqp, messages) => void batches.push(messages.map(text)));
    for (const name of ['a', 'b', 'c']) bench.offer(name);
    assert.equal((await bench.heard(6)).length, 6);
    bench.offer('d');
    await bench.heard(8);
    assert.deepEqual(batches, [['a', 'b', 'c'], ['d']]);
  });

  test('fails what has no answer when consume throws; what was answered keeps its answer', async () => {
    const bench = await batching((amqp, [first = assert.fail()]) => {
      void amqp.ack(first);
      throw new Error('thrown');
    });
    for (const name of ['a', 'b', 'c']) bench.offer(name);
    await bench.heard(4);
    assert.deepEqual(bench.events.toSorted(), ['failed b: thrown', 'failed c: thrown', 'finished a', 'settle a ack']);
  });

  test('fails one message alone, and acks the others at the end', async () => {
    const bench = await batching((amqp, [, second = assert.fail()]) => amqp.fail(second, new Error('bad')));
    for (const name of ['a', 'b', 'c']) bench.offer(name);
    await bench.heard(6);
    assert.deepEqual(bench.events.toSorted(), [
      'failed alone b: bad',
      'finished a',
      'finished b',
      'finished c',
      'settle a ack',
      'settle c ack',
    ]);
  });
});
