import { z } from 'zod';
import { batchSchema } from './batch-schema.js';
import { connectionSchema, resourceLimitsSchema } from './connection-schema.js';
import { decodingSchema } from './decoding-schema.js';
import { retrySchema, timeoutSchema } from './failure-schema.js';
import { partitionBy } from './partition-by.js';
import { recycleSchema } from './thread-schema.js';
import { exchangeSchema, queueSchema } from './topology-schema.js';
import {
  duration,
  LARGEST_PREFETCH,
  listOf,
  mapping,
  name,
  oneOf,
  rate,
  reference,
  table,
  wholeNumber,
} from './vocabulary.js';

export const consumerSchema = mapping(
  {
    consumer: reference().describe('module:Export of the consumer class; without :Export the default export'),
    queue: name('the name of a queue').describe('Queue to consume from'),
    consumer_count: wholeNumber(1, LARGEST_PREFETCH)
      .default(1)
      .describe('Number of instances; each handles one message at a time'),
    prefetch_count: wholeNumber(0, LARGEST_PREFETCH)
      .optional()
      .describe(
        'Maximum number of unanswered messages; default: consumer_count, with batch 2 × consumer_count × batch.size; 0: as many as keep the threads busy',
      ),
    max_deaths: wholeNumber(0, LARGEST_PREFETCH)
      .default(3)
      .describe('Worker threads that a message may kill before it goes to QUEUE.dead; 0: unlimited'),
    retry: retrySchema
      .optional()
      .describe('How to retry failed messages; absent: return them to the queue, without limit'),
    on_exhausted: oneOf(['dead_letter', 'discard'])
      .default('dead_letter')
      .describe(
        "Where a message goes after its last attempt: dead_letter: to its queue's dead-letter exchange, or to QUEUE.dead without one; discard: nowhere",
      ),
    rate_limit: rate()
      .optional()
      .describe('Maximum rate at which messages begin, across all instances of this daemon: 50/s, 100/m, 1000/h'),
    partition_by: partitionBy()
      .optional()
      .describe(
        'Ordering key: header.NAME, routing_key or property.NAME; messages with the same key run in order, one at a time',
      ),
    batch: batchSchema
      .optional()
      .describe('Call consume(amqp, messages) with several messages; absent: with one message'),
    timeout: timeoutSchema
      .optional()
      .describe('How long a consumer may take for one message, counted from when it begins'),
    threads: wholeNumber(1, 1024)
      .optional()
      .describe('Number of worker threads dedicated to this entry; absent: use the shared threads'),
    resource_limits: resourceLimitsSchema
      .optional()
      .describe("Limits of each dedicated thread; absent keys: the file's resource_limits"),
    recycle: recycleSchema.optional().describe('When to replace a thread that serves this entry'),
    shutdown_timeout: duration().prefault('10s').describe('How long to wait for shutdown() of an instance'),
    arguments: table().describe('Consumer arguments as the broker spells them: x-priority, x-stream-offset'),
    options: table().describe('Passed to the consumer as context.options'),
    middleware: listOf(reference()).describe('Functions around consume, each as module:Export, outermost first'),
    decode: decodingSchema
      .optional()
      .describe('What a body must be before a consumer sees the message; other messages are dead at once'),
  },
  'a mapping that describes a consumer',
);

const CONSUMERS_EXPECTED = 'a list of at least one consumer';

/** Validates the file, fills its defaults, and is published for editors. */
export const fileSchema = mapping({
  startup_handler: reference()
    .optional()
    .describe('module:Export of a function that every worker thread runs before it constructs its first consumer'),
  startup_timeout: duration()
    .prefault('60s')
    .describe(
      'How long the startup handler, a module or a constructor may take: 500ms, 30s, 5m, 1h, or whole milliseconds',
    ),
  connection: connectionSchema.prefault({}).describe('How to connect to the broker; RABBITMQ_URL says where'),
  resource_limits: resourceLimitsSchema.prefault({}).describe('Limits of each worker thread'),
  threads: wholeNumber(1, 1024).optional().describe('Number of worker threads; default: one per processor'),
  exchanges: listOf(exchangeSchema).describe('Exchanges to declare or, if passive, to check for'),
  queues: listOf(queueSchema).describe('Queues to declare or, if passive, to check for'),
  consumers: z
    .array(consumerSchema, CONSUMERS_EXPECTED)
    .min(1, CONSUMERS_EXPECTED)
    .describe('Consumer classes and the queues they consume from; at least one'),
});

export type ConsumerEntry = z.output<typeof consumerSchema>;
export type FileEntries = z.output<typeof fileSchema>;

/** The published JSON Schema of the file, in draft 7, which YAML editors support best. */
export function schemaDocument(): Record<string, unknown> {
  const { $schema, ...generated } = z.toJSONSchema(fileSchema, {
    io: 'input',
    target: 'draft-7',
    // Drops zod's own limit "at most Number.MAX_SAFE_INTEGER", which is noise to a reader.
    override: ({ jsonSchema }) => {
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return {
    $schema,
    title: 'amqp-dispatcher',
    description: 'Configuration file of amqp-dispatcher: queues, exchanges and consumer classes',
    ...generated,
  };
}
