import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Amqp, ConsumerContext, Message } from '../../../../src/consumer-api/index.js';
import { deferred } from '../../../../src/timing/index.js';
import { HostBench, slotOf } from '../host-bench.js';

/** One instance that consumes so, and prints to `bench.host.consoleLogger`. */
async function printing(consume: (context: ConsumerContext, amqp: Amqp, message: Message) => void | Promise<void>) {
  class Mail {
    readonly context: ConsumerContext;
    constructor(context: ConsumerContext) {
      this.context = context;
    }
    consume(amqp: Amqp, message: Message): void | Promise<void> {
      return consume(this.context, amqp, message);
    }
  }
  const bench = await HostBench.hosting([slotOf(0, 'Mail')], { consumers: { Mail } });
  return { bench, print: (text: string) => bench.host.consoleLogger.write('info', text) };
}

describe('the logger of the console', () => {
  test('is not the one of the consumer, whose methods may print', async () => {
    const { bench, print } = await printing(({ logger }) => {
      logger.info = (text: unknown) => print(`printed: ${String(text)}`);
      logger.info('x');
    });
    bench.offer('a');
    assert.deepEqual(await bench.heard(2), ['settle a ack', 'finished a']);
    assert.deepEqual(
      bench.lines.map(({ msg, console, deliveryTag }) => [msg, console, deliveryTag]),
      [['printed: x', true, 1]],
    );
  });

  test('drops a line that is printed while it writes another, and goes on', async (t) => {
    const { bench, print } = await printing(() => undefined);
    t.mock.method(bench.credit, 'wait', () => print('within'), { times: 1 });
    print('outer');
    print('next');
    assert.deepEqual(
      bench.lines.map(({ msg }) => msg),
      ['outer', 'next'],
    );
  });

  test('has the fields of the message whose code prints, not of the one that runs', async () => {
    const late = deferred();
    const printed = deferred();
    const { bench, print } = await printing((_context, _amqp, message) => {
      const name = message.text();
      print(`begins ${name}`);
      if (name === 'a') void late.promise.then(() => print('a goes on')).then(printed.resolve);
      if (name !== 'b') return undefined;
      late.resolve();
      return printed.promise.then(() => print('b goes on'));
    });
    for (const name of ['first', 'a', 'b']) bench.offer(name);
    await bench.heard(6);
    assert.deepEqual(
      bench.lines.map(({ msg, deliveryTag, queue }) => [msg, deliveryTag, queue]),
      [
        ['begins first', 1, 'q'],
        ['begins a', 2, 'q'],
        ['begins b', 3, 'q'],
        ['a goes on', undefined, 'q'],
        ['b goes on', 3, 'q'],
      ],
    );
  });

  test('has only the thread once the instances have stopped', async () => {
    const { bench, print } = await printing(() => undefined);
    print('of the only instance');
    await bench.host.stop();
    print('of the startup module');
    assert.deepEqual(
      bench.lines.map(({ msg, queue, thread }) => [msg, queue, thread]),
      [
        ['of the only instance', 'q', 0],
        ['of the startup module', undefined, 0],
      ],
    );
  });
});
