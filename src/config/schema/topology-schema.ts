import {
  EXCHANGE_TYPE_EXPECTED,
  flag,
  listOf,
  mapping,
  name,
  oneOf,
  shortText,
  table,
  text,
  wholeNumber,
} from './vocabulary.js';

/** RabbitMQ refuses longer times (MAX_EXPIRY_TIMER in rabbit.hrl). */
const LONGEST_EXPIRY_MS = 2 ** 32 - 1;

const OR_NULL = ', or null';

const binding = (source: string) =>
  mapping({
    exchange: name('the name of an exchange').describe(source),
    routing_key: shortText().default('').describe('Routing key of the binding; for a topic exchange, a pattern'),
    arguments: table().describe('Arguments of the binding, such as x-match for a headers exchange'),
  }).transform(({ routing_key: routingKey, ...rest }) => ({ ...rest, routingKey }));

export const exchangeSchema = mapping(
  {
    exchange: name('the name of the exchange').describe('Name of the exchange'),
    type: text(EXCHANGE_TYPE_EXPECTED)
      .regex(/^(?:direct|fanout|topic|headers|x-.+)$/, EXCHANGE_TYPE_EXPECTED)
      .optional()
      .describe('direct, fanout, topic, headers or x-…; required unless passive'),
    durable: flag().default(true).describe('Survives a restart of the broker'),
    auto_delete: flag().default(false).describe('Deleted with its last binding'),
    internal: flag().default(false).describe('Accepts messages from exchanges only, not from publishers'),
    passive: flag().default(false).describe('Only check that it exists'),
    arguments: table().describe('Arguments as the broker spells them, such as alternate-exchange'),
    bindings: listOf(binding('Name of the source exchange')).describe('Bindings from other exchanges to this one'),
  },
  'a mapping that describes an exchange',
).transform(({ auto_delete: autoDelete, type, ...exchange }) => ({ ...exchange, type, autoDelete }));

/** Keys of a queue that stand for a broker argument; null means "not set". */
const queueArguments = {
  x_dead_letter_exchange: shortText(OR_NULL)
    .nullable()
    .default(null)
    .describe('Exchange for rejected and expired messages; null: not set'),
  x_dead_letter_routing_key: shortText(OR_NULL)
    .nullable()
    .default(null)
    .describe("Routing key for dead letters; null: the message's own"),
  x_max_length: wholeNumber(0, Number.MAX_SAFE_INTEGER, OR_NULL, ' of messages')
    .nullable()
    .default(null)
    .describe('Maximum number of ready messages; null: unlimited'),
  x_expires: wholeNumber(1, LONGEST_EXPIRY_MS, OR_NULL, ' of milliseconds')
    .nullable()
    .default(null)
    .describe('Milliseconds after which an unused queue is deleted; null: never'),
  x_message_ttl: wholeNumber(0, LONGEST_EXPIRY_MS, OR_NULL, ' of milliseconds')
    .nullable()
    .default(null)
    .describe('Milliseconds after which a waiting message is discarded; null: never'),
  x_queue_type: oneOf(['classic', 'quorum', 'stream'], OR_NULL)
    .nullable()
    .default(null)
    .describe('Type of the queue; null: the default of the virtual host'),
};

/** `x_max_length` in the file is `x-max-length` at the broker. */
export const QUEUE_ARGUMENT_KEYS = Object.keys(queueArguments).map((key) => ({
  key,
  argument: key.replaceAll('_', '-'),
}));

export const queueSchema = mapping(
  {
    queue: name('the name of the queue').describe('Name of the queue'),
    durable: flag().default(true).describe('Survives a restart of the broker'),
    auto_delete: flag().default(false).describe('Deleted with its last consumer, for example when the daemon restarts'),
    exclusive: flag().default(false).describe('Usable only on this connection, and deleted with it'),
    passive: flag().default(false).describe('Only check that it exists'),
    ...queueArguments,
    arguments: table().describe('Other queue arguments as the broker spells them'),
    bindings: listOf(binding('Name of an existing or declared exchange')).describe(
      'Bindings of exchanges to this queue',
    ),
  },
  'a mapping that describes a queue',
).transform((entries) => ({
  queue: entries.queue,
  durable: entries.durable,
  autoDelete: entries.auto_delete,
  exclusive: entries.exclusive,
  passive: entries.passive,
  arguments: { ...entries.arguments, ...brokerArguments(entries) },
  bindings: entries.bindings,
}));

function brokerArguments(entries: object): Record<string, unknown> {
  const values = new Map<string, unknown>(Object.entries(entries));
  const set = QUEUE_ARGUMENT_KEYS.filter(({ key }) => (values.get(key) ?? null) !== null);
  return Object.fromEntries(set.map(({ key, argument }) => [argument, values.get(key)]));
}
