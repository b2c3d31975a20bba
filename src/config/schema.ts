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
      .describe('Instances of the class; each handles one message at a time'),
    prefetch_count: wholeNumber(0, LARGEST_PREFETCH)
      .optional()
      .describe(
        'Unanswered messages that the broker hands out at most; default: consumer_count, with batch twice consumer_count × batch.size; 0: as many as keep the threads busy',
      ),
    max_deaths: wholeNumber(0, LARGEST_PREFETCH)
      .default(3)
      .describe('Threads that a message may take down before it is put into QUEUE.dead; 0: never put there'),
    retry: retrySchema
      .optional()
      .describe('How messages that fail are tried again; absent: back to the queue, without limit'),
    on_exhausted: oneOf(['dead_letter', 'discard'])
      .default('dead_letter')
      .describe(
        'What becomes of a message that is tried no more: to the dead-letter exchange of its queue, else into QUEUE.dead; or dropped',
      ),
    rate_limit: rate()
      .optional()
      .describe('Messages that may begin in a time, over all instances of this daemon: 50/s, 100/m, 1000/h'),
    partition_by: partitionBy()
      .optional()
      .describe(
        'What messages are kept in order by: header.NAME, routing_key or property.NAME; those of one key go one at a time',
      ),
    batch: batchSchema
      .optional()
      .describe('consume(amqp, messages) is called with several messages at a time; absent: with one message'),
    timeout: timeoutSchema.optional().describe('How long a consumer may take for one message, from when it begins'),
    threads: wholeNumber(1, 1024)
      .optional()
      .describe('Worker threads of its own, which serve no other entry; absent: those that all share'),
    resource_limits: resourceLimitsSchema
      .optional()
      .describe('Limits of each of its own threads; what is left out is as in resource_limits of the file'),
    recycle: recycleSchema.optional().describe('When a thread that serves this entry is replaced by a fresh one'),
    shutdown_timeout: duration()
      .prefault('10s')
      .describe('How long shutdown() of an instance may take before the daemon goes on without it'),
    arguments: table().describe('Consumer arguments as the broker spells them: x-priority, x-stream-offset'),
    options: table().describe('Handed to the consumer as context.options'),
    middleware: listOf(reference()).describe(
      'Functions around consume, each as module:Export; the first of them is the outermost',
    ),
    decode: decodingSchema
      .optional()
      .describe('What a message must be before a consumer sees it; one that is not is dead at once'),
  },
  'a mapping that describes a consumer',
);

const CONSUMERS_EXPECTED = 'a list of at least one consumer';

/** Validates the file, fills its defaults, and is published for editors. */
export const fileSchema = mapping({
  startup_handler: reference()
    .optional()
    .describe('module:Export of a function that every worker thread runs before its first consumer'),
  startup_timeout: duration()
    .prefault('60s')
    .describe(
      'How long the startup handler, a module or a constructor may take: 500ms, 30s, 5m, 1h, or whole milliseconds',
    ),
  connection: connectionSchema.prefault({}).describe('How the broker is reached; where it is, RABBITMQ_URL says'),
  resource_limits: resourceLimitsSchema.prefault({}).describe('Limits of each worker thread'),
  threads: wholeNumber(1, 1024).optional().describe('Worker threads; default: one for each processor'),
  exchanges: listOf(exchangeSchema).describe('Exchanges to declare or, if passive, to check'),
  queues: listOf(queueSchema).describe('Queues to declare or, if passive, to check'),
  consumers: z
    .array(consumerSchema, CONSUMERS_EXPECTED)
    .min(1, CONSUMERS_EXPECTED)
    .describe('Consumer classes and the queues that they consume from; at least one'),
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
