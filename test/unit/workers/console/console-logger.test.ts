import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Amqp, ConsumerContext, Message } from '../../../../src/consumer-api/index.js';
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
});
