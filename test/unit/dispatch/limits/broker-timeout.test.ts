import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type BrokerTimeout, brokerTimeout, timeoutText } from '../../../../src/dispatch/limits/broker-timeout.js';

const MINUTES_30 = 1_800_000;

interface Given {
  readonly product?: string;
  readonly type?: string;
  readonly consumer?: unknown;
  readonly queue?: unknown;
}

function found(version: string | undefined, given: Given = {}): BrokerTimeout | undefined {
  const { product = 'RabbitMQ', type, consumer, queue } = given;
  return brokerTimeout({
    server: version === undefined ? undefined : { product, version },
    type,
    consumerArguments: consumer === undefined ? {} : { 'x-consumer-timeout': consumer },
    queueArguments: queue === undefined ? {} : { 'x-consumer-timeout': queue },
  });
}

describe("the broker's timeout", () => {
  for (const version of ['3.10.8', '4.0.5', '4.2.1', undefined]) {
    for (const type of ['classic', 'quorum', 'stream', undefined]) {
      test(`of RabbitMQ ${version} closes the channel after 30 minutes, type ${type}`, () => {
        const expected = { ms: MINUTES_30, isWritten: false, response: 'closes', isCertain: true };
        assert.deepEqual(found(version, type === undefined ? {} : { type }), expected);
      });
    }
  }

  test('of RabbitMQ 4.3 cancels the consumer of a quorum queue, and is absent for classic and stream', () => {
    const expected = { ms: MINUTES_30, isWritten: false, response: 'cancels', isCertain: true };
    assert.deepEqual(found('4.3.6', { type: 'quorum' }), expected);
    assert.equal(found('4.3.6', { type: 'classic' }), undefined);
    assert.equal(found('4.3.6', { type: 'stream' }), undefined);
  });

  test('of RabbitMQ 4.3 is possible for a queue of undeclared type, unless an argument tells the type', () => {
    assert.equal(found('4.3.6')?.isCertain, false);
    assert.equal(found('4.3.6')?.response, 'cancels');
    assert.deepEqual(found('4.3.6', { queue: 5_000 }), {
      ms: 5_000,
      isWritten: true,
      response: 'cancels',
      isCertain: true,
    });
  });

  test("is the consumer's argument, else the queue's, and neither if it is not a duration", () => {
    assert.equal(found('4.3.6', { type: 'quorum', consumer: 7_000, queue: 5_000 })?.ms, 7_000);
    assert.equal(found('4.0.5', { consumer: 7_000 })?.ms, 7_000);
    for (const queue of ['5000', 0, -1, null]) assert.equal(found('4.0.5', { queue })?.isWritten, false);
  });

  test('ignores the file before RabbitMQ 3.11, which does not know the argument', () => {
    assert.equal(found('3.10.8', { queue: 5_000 })?.ms, MINUTES_30);
    assert.equal(found('3.11.20', { queue: 5_000 })?.ms, 5_000);
    assert.equal(found('2.0.0', { product: 'LavinMQ', queue: 5_000 })?.ms, 5_000);
  });

  test('is shown in minutes by default, and as written in the file otherwise', () => {
    const timeout: BrokerTimeout = { ms: MINUTES_30, isWritten: false, response: 'closes', isCertain: true };
    assert.equal(timeoutText(timeout), '30 minutes');
    assert.equal(timeoutText({ ...timeout, ms: 2_500, isWritten: true }), '2500 ms');
  });
});
