import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type DeclarationOptions,
  type DeclarationResult,
  declareTopology,
} from '../../../../src/broker/topology/declaration.js';
import type { Topology } from '../../../../src/broker/topology/topology.js';
import { methodFrame } from '../../../support/amqp/amqp-frames.js';
import { type Asked, type BrokerEnd, closesChannel, closesConnection, openBrokerEnd } from '../broker-end.js';
import { anExchange, aQueue, to } from './declarations.js';

const REFUSED = closesChannel(406, "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'mail' in vhost '/'");

interface Declared {
  readonly broker: BrokerEnd;
  readonly result: DeclarationResult;
  /** The errors of the refusals. */
  readonly errors: readonly string[];
}

/** Declares a topology over real frames. */
async function declare(
  topology: Partial<Topology>,
  { prepare, ...more }: Partial<DeclarationOptions> & { readonly prepare?: (broker: BrokerEnd) => void } = {},
): Promise<Declared> {
  const { broker, connection } = await openBrokerEnd();
  prepare?.(broker);
  const whole = { exchanges: [], queues: [], ...topology };
  const result = await declareTopology({ connection, topology: whole, isLeftOut: () => false, ...more });
  return { broker, result, errors: result.refusals.map(({ error }) => `${error.code} ${error.message}`) };
}

/** Each declaration in brief: `QueueDeclare mail`, `QueueBind mail orders`. */
function declarations({ asked }: BrokerEnd): string[] {
  return asked
    .filter(({ name }) => /^(?:Queue|Exchange)/.test(name))
    .map(({ name, fields: { exchange, queue, destination, source } }) =>
      [name, ...(name === 'ExchangeBind' ? [destination, source] : [queue, exchange])]
        .filter((each) => typeof each === 'string')
        .join(' '),
    );
}

/** The fields of the one request of this name. */
function only({ asked }: BrokerEnd, name: string): Asked['fields'] {
  const found = asked.filter((each) => each.name === name);
  assert.equal(found.length, 1, `${found.length} × ${name}`);
  return found[0]?.fields ?? {};
}

describe('a topology', () => {
  test('declares exchanges, queues, exchange bindings and queue bindings, each in file order', async () => {
    const { broker, result } = await declare({
      exchanges: [anExchange('first', { bindings: [to('second')] }), anExchange('second')],
      queues: [aQueue('mail', { bindings: [to('first'), to('second')] }), aQueue('sms')],
    });
    assert.deepEqual(declarations(broker), [
      'ExchangeDeclare first',
      'ExchangeDeclare second',
      'QueueDeclare mail',
      'QueueDeclare sms',
      'ExchangeBind first second',
      'QueueBind mail first',
      'QueueBind mail second',
    ]);
    assert.deepEqual([result.refusals, result.missing.size, result.lostAt], [[], 0, undefined]);
  });

  test('is declared on a channel of its own, which is closed afterwards', async () => {
    const { broker } = await declare({ queues: [aQueue('mail')] });
    assert.deepEqual(broker.briefly, ['ChannelOpen 1', 'QueueDeclare 1', 'ChannelClose 1']);
  });

  test('declares a queue with its flags and all its arguments, each of its own type', async () => {
    const args = {
      'x-message-ttl': 60_000,
      'x-expires': 1_800_000,
      'x-max-length': 5,
      'x-dead-letter-exchange': 'dead',
      'x-queue-type': 'quorum',
      'x-single-active-consumer': true,
    };
    const { broker } = await declare({
      queues: [aQueue('mail', { durable: false, autoDelete: true, exclusive: true, arguments: args })],
    });
    const { queue, durable, autoDelete, exclusive, passive, arguments: sent } = only(broker, 'QueueDeclare');
    assert.deepEqual([queue, durable, autoDelete, exclusive, passive], ['mail', false, true, true, false]);
    assert.deepEqual(sent, args);
  });

  test('declares an exchange with its type, flags and arguments', async () => {
    const { broker } = await declare({
      exchanges: [
        anExchange('later', {
          type: 'x-delayed-message',
          durable: false,
          autoDelete: true,
          internal: true,
          arguments: { 'x-delayed-type': 'direct' },
        }),
      ],
    });
    const { type, durable, autoDelete, internal, passive, arguments: sent } = only(broker, 'ExchangeDeclare');
    assert.deepEqual([type, durable, autoDelete, internal, passive], ['x-delayed-message', false, true, true, false]);
    assert.deepEqual(sent, { 'x-delayed-type': 'direct' });
  });

  test('binds with the routing key and the arguments of each binding', async () => {
    const binding = to('orders', 'eu.*', { 'x-match': 'all', kind: 'invoice' });
    const { broker } = await declare({
      exchanges: [anExchange('orders'), anExchange('eu', { bindings: [binding] })],
      queues: [aQueue('mail', { bindings: [binding] })],
    });
    for (const name of ['ExchangeBind', 'QueueBind']) {
      const { routingKey, arguments: sent } = only(broker, name);
      assert.deepEqual([routingKey, sent], ['eu.*', { 'x-match': 'all', kind: 'invoice' }]);
    }
  });

  test('only asks whether a passive exchange or queue exists', async () => {
    const { broker } = await declare({
      exchanges: [anExchange('orders', { passive: true, type: undefined })],
      queues: [aQueue('mail', { passive: true })],
    });
    assert.equal(only(broker, 'ExchangeDeclare')['passive'], true);
    assert.equal(only(broker, 'QueueDeclare')['passive'], true);
  });
});

describe('a refused declaration', () => {
  test('names the entry of the file and the words of the broker', async () => {
    const { errors, result } = await declare(
      { queues: [aQueue('mail', { place: 'config.yml:7:5  queues[3]' })] },
      { prepare: (broker) => broker.next('QueueDeclare', REFUSED) },
    );
    const words = "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'mail' in vhost '/'";
    assert.deepEqual(errors, [
      `TOPOLOGY_MISMATCH config.yml:7:5  queues[3]: queue "mail" could not be declared: ${words}`,
    ]);
    assert.deepEqual([...result.missing], ['queue "mail"']);
  });

  test('names the place of a binding', async () => {
    const refused = { ...to('orders', 'b'), place: 'config.yml:9:9  queues[0].bindings[1]' };
    const { errors } = await declare(
      { exchanges: [anExchange('orders')], queues: [aQueue('mail', { bindings: [to('orders'), refused] })] },
      {
        prepare: (broker) => {
          broker.next('QueueBind', ({ channel }) => methodFrame('QueueBindOk', channel));
          broker.next('QueueBind', closesChannel(403, 'ACCESS_REFUSED - no'));
        },
      },
    );
    assert.deepEqual(errors, [
      'TOPOLOGY_MISMATCH config.yml:9:9  queues[0].bindings[1]: binding of queue "mail" to exchange "orders" could not be declared: ' +
        'ACCESS_REFUSED - no',
    ]);
  });

  test('keeps no other entry away: the rest goes on over a new channel', async () => {
    const { broker, result } = await declare(
      { exchanges: [anExchange('orders')], queues: [aQueue('mail'), aQueue('sms', { bindings: [to('orders')] })] },
      { prepare: (to406) => to406.next('QueueDeclare', REFUSED) },
    );
    assert.deepEqual(declarations(broker).slice(1), ['QueueDeclare mail', 'QueueDeclare sms', 'QueueBind sms orders']);
    assert.equal(broker.askedFor('ChannelOpen').length, 2);
    assert.equal(result.refusals.length, 1);
  });

  test('makes a binding to what was refused a consequence of it, and one that was refused for itself not', async () => {
    const missing = closesChannel(404, "NOT_FOUND - no queue 'mail' in vhost '/'");
    const { result } = await declare(
      { exchanges: [anExchange('orders')], queues: [aQueue('mail', { bindings: [to('orders')] })] },
      {
        prepare: (broker) => {
          broker.next('QueueDeclare', REFUSED);
          broker.next('QueueBind', missing);
        },
      },
    );
    assert.deepEqual(
      result.refusals.map(({ isConsequence }) => isConsequence),
      [false, true],
    );
    const alone = await declare(
      { queues: [aQueue('mail', { bindings: [to('typo')] })] },
      { prepare: (broker) => broker.next('QueueBind', missing) },
    );
    assert.deepEqual(
      alone.result.refusals.map(({ isConsequence }) => isConsequence),
      [false],
    );
  });

  test('of a whole connection tells the entry that was asked last, and nothing is asked behind it', async () => {
    const { broker, result } = await declare(
      { queues: [aQueue('mail'), aQueue('sms')] },
      { prepare: (to530) => to530.next('QueueDeclare', closesConnection(530, 'NOT_ALLOWED - no')) },
    );
    assert.equal(result.lostAt?.place, 'queues[mail]');
    assert.deepEqual(declarations(broker), ['QueueDeclare mail']);
  });

  test('leaves out what is to be left out, and counts it as missing', async () => {
    const { broker, result } = await declare(
      { queues: [aQueue('mail'), aQueue('sms')] },
      { isLeftOut: ({ place }) => place === 'queues[mail]' },
    );
    assert.deepEqual(declarations(broker), ['QueueDeclare sms']);
    assert.deepEqual([...result.missing], ['queue "mail"']);
  });
});
