import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import type { Amqp, Consumer, ConsumerContext, Message, Middleware } from '../../../../src/consumer-api/index.js';
import type { MiddlewareFactory } from '../../../../workers/instance/middleware-chain.js';
import { type ConsumerParts, construct } from '../../../../workers/load/consumer-parts.js';
import { isCallable, type UserFunction } from '../../../../workers/load/user-export.js';
import { MetricRegistry } from '../../../../workers/metrics/metric-registry.js';
import { receivedMessage } from '../../../support/amqp/wire-message.js';
import { DeliveryBench } from '../delivery-bench.js';

interface OrderMessage extends Message {
  readonly order: string;
}

const context: ConsumerContext = {
  logger: pino({ level: 'silent' }),
  metrics: new MetricRegistry(() => undefined),
  options: { a: 1 },
  resources: {},
  queue: 'q',
  instance: 0,
  thread: 0,
};
const story: unknown[] = [];

class Orders implements Consumer {
  readonly seen: string[] = [];
  consume(_amqp: Amqp, message: OrderMessage): void {
    story.push('consume');
    this.seen.push(message.order);
  }
}

/** A middleware in TypeScript that passes on more than it got. */
const order: Middleware<OrderMessage> = (next) => (amqp, message) => {
  const more: OrderMessage = Object.assign(Object.create(message), { order: message.text() });
  return next(amqp, more);
};

const named =
  (name: string): Middleware =>
  (next, given) => {
    story.push(`made ${name}`, given);
    return async (amqp, message) => {
      story.push(`into ${name}`);
      await next(amqp, message);
      story.push(`out of ${name}`);
    };
  };

const pass: Middleware = (next) => next;

const throws: Middleware = () => {
  throw new RangeError('no key');
};

function parts(...factories: readonly UserFunction[]): ConsumerParts<Orders> {
  const middleware = factories.map((factory, index) => {
    assert.ok(isCallable<MiddlewareFactory>(factory));
    const place = `config.yml:${index}:1  consumers[0].middleware[${index}]`;
    return { reference: { module: './mw.js', exportName: 'mw', place }, factory };
  });
  return { subjectClass: Orders, options: { a: 1 }, middleware };
}

describe('an instance with middleware', () => {
  test('is called through it, the first in the list outermost, with the consumer as this', async () => {
    story.length = 0;
    const { consumer, handler } = construct(parts(named('a'), named('b'), order), context, './orders.js');
    assert.deepEqual(story, ['made b', context, 'made a', context]);
    story.length = 0;
    const { amqp } = new DeliveryBench();
    for (const body of ['x', 'y']) await handler?.(amqp, receivedMessage({ body: Buffer.from(body) }));
    const once = ['into a', 'into b', 'consume', 'out of b', 'out of a'];
    assert.deepEqual(story, [...once, ...once]);
    assert.ok(consumer instanceof Orders);
    assert.deepEqual(consumer.seen, ['x', 'y']);
  });

  test('has no middleware call if its entry has none', () => {
    assert.equal(construct(parts(), context, './orders.js').handler, undefined);
  });

  test('passes on any argument, also a list of messages', () => {
    const seen: unknown[] = [];
    const { handler } = construct(
      {
        ...parts(pass),
        subjectClass: class {
          consume(_amqp: Amqp, given: unknown): void {
            seen.push(given);
          }
        },
      },
      context,
      './orders.js',
    );
    const messages = [receivedMessage({}), receivedMessage({})];
    void Reflect.apply(handler ?? assert.fail(), undefined, [new DeliveryBench().amqp, messages]);
    assert.deepEqual(seen, [messages]);
  });

  test('is not created when a middleware throws or returns no handler, and the error names it', () => {
    assert.throws(() => construct(parts(named('a'), throws), context, './orders.js'), {
      code: 'CONSUMER_CONSTRUCTION_FAILED',
      message: 'config.yml:1:1  consumers[0].middleware[1]  export "mw" of "./mw.js" threw: no key',
    });
    for (const [made, what] of [
      [undefined, 'undefined'],
      [Promise.resolve(() => undefined), 'a promise'],
      [Orders, 'a class'],
    ] as const) {
      assert.throws(
        () =>
          construct(
            parts(() => made),
            context,
            './orders.js',
          ),
        {
          name: 'ConfigurationError',
          code: 'CONSUMER_INVALID',
          message: `config.yml:0:1  consumers[0].middleware[0]  export "mw" of "./mw.js" returned ${what} (expected a function, (amqp, message) => …)`,
        },
      );
    }
  });
});
