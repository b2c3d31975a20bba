import type { DeclaredEntry } from './declared-entry.js';
import type { Difference } from './difference.js';
import type { Questions } from './questions.js';

const BUILT_IN = ['direct', 'fanout', 'topic', 'headers'];

/** The plugins of the types that people use; `x-local-random` is a part of RabbitMQ since 4.0. */
const PLUGINS: Readonly<Record<string, string>> = {
  'x-consistent-hash': 'rabbitmq_consistent_hash_exchange',
  'x-delayed-message': 'rabbitmq_delayed_message_exchange',
  'x-event': 'rabbitmq_event_exchange',
  'x-jms-topic': 'rabbitmq_jms_topic_exchange',
  'x-message-deduplication': 'rabbitmq_message_deduplication',
  'x-modulus-hash': 'rabbitmq_sharding',
  'x-random': 'rabbitmq_random_exchange',
  'x-recent-history': 'rabbitmq_recent_history_exchange',
};

/** Every virtual host has it, and nobody can delete it. */
const ALWAYS_THERE = 'amq.direct';

/**
 * Tells whether the broker lacks the type of an exchange. It is asked to declare `amq.direct` with that type: a broker that
 * knows the type refuses because that exchange is direct (406, or 403), one that does not says so (503 closes the connection).
 * Either way nothing is declared.
 */
export async function missingExchangeType(
  { type = 'direct', path }: DeclaredEntry,
  questions: Questions,
): Promise<Difference | undefined> {
  if (BUILT_IN.includes(type)) return undefined;
  const words = await questions.ask(async (channel) => {
    await channel.checkExchange(ALWAYS_THERE);
    await channel.assertExchange(ALWAYS_THERE, type, { durable: true });
  });
  if (words === undefined || !/\b(?:unknown|invalid) exchange type\b/i.test(words.text)) return undefined;
  const plugin = PLUGINS[type];
  const remedy = plugin === undefined ? 'a plugin must be enabled' : `enable the plugin ${plugin}`;
  const message = `is "${type}", which the broker does not have (${remedy}): ${words.text}`;
  return { severity: 'problem', entry: path, key: 'type', message };
}
