import { z } from 'zod';
import { connectionSchema, resourceLimitsSchema } from './connection-schema.js';
import { consumerSchema } from './consumer-schema.js';
import { exchangeSchema, queueSchema } from './topology-schema.js';
import { duration, listOf, mapping, reference, wholeNumber } from './vocabulary.js';

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
