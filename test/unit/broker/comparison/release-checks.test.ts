import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { transientDifference } from '../../../../src/broker/comparison/release-checks.js';

const queue = {
  queue: 'q',
  path: 'queues[0]',
  place: 'config.yml:1:1  queues[0]',
  durable: false,
  exclusive: false,
  autoDelete: false,
  passive: false,
  arguments: {},
  bindings: [],
};

function said(version: string): string | undefined {
  return transientDifference(queue, { product: 'RabbitMQ', version })?.message.replace(/^.* deletes it, and /, '');
}

describe('transientDifference', () => {
  it('says by the version of RabbitMQ what becomes of the queue', () => {
    assert.equal(said('3.10.8'), 'RabbitMQ 3.10.8 permits such queues; RabbitMQ 4 deprecates them');
    assert.equal(
      said('4.3.6'),
      'RabbitMQ 4.3.6 permits such queues by default, but its configuration can deny the deprecated feature transient_nonexcl_queues',
    );
  });

  it('says nothing of durable, exclusive and passive queues, nor of another broker', () => {
    const server = { product: 'RabbitMQ', version: '4.3.6' };
    for (const other of [{ durable: true }, { exclusive: true }, { passive: true }]) {
      assert.equal(transientDifference({ ...queue, ...other }, server), undefined);
    }
    assert.equal(transientDifference(queue, { product: 'LavinMQ', version: '2.0.0' }), undefined);
  });
});
