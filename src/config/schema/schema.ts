import { z } from 'zod';
import { connectionSchema, resourceLimitsSchema } from './connection-schema.js';
import { consumerSchema } from './consumer-schema.js';
import { controlSchema, httpSchema, summarySchema, tracingSchema } from './observation-schema.js';
import { exchangeSchema, queueSchema } from './topology-schema.js';
import { duration, listOf, mapping, present, reference, text, wholeNumber } from './vocabulary.js';

const INCLUDE_EXPECTED = "the path of a YAML file, or a glob, from this file's folder";
const CONSUMERS_EXPECTED = 'a list of at least one consumer';

/** Validates the file, fills its defaults, and is published for editors. */
export const fileSchema = mapping({
  include: listOf(text(INCLUDE_EXPECTED).min(1, INCLUDE_EXPECTED)).describe(
    'Files to join with this one: paths or globs, from the folder of this file',
  ),
  startup_handler: reference()
    .optional()
    .describe(
      'module:Export of a function that every worker thread runs before it constructs its first consumer; returns context.resources',
    ),
  startup_timeout: duration()
    .prefault('60s')
    .describe(
      'How long the startup handler, a module or a constructor may take: 500ms, 30s, 5m, 1h, or whole milliseconds',
    ),
  connection: connectionSchema.prefault({}).describe('How to connect to the broker; RABBITMQ_URL says where'),
  resource_limits: resourceLimitsSchema.prefault({}).describe('Limits and priority of each worker thread'),
  threads: wholeNumber(1, 1024).optional().describe('Number of worker threads; default: one per processor'),
  http: httpSchema.optional().describe('Serve probes and metrics over HTTP; absent: no server'),
  tracing: tracingSchema.optional().describe('Make OpenTelemetry spans of messages; absent: none'),
  control: controlSchema
    .optional()
    .describe(
      'Where amqp-dispatcher ctl finds the daemon; absent: a socket in XDG_RUNTIME_DIR or the temporary folder',
    ),
  summary: summarySchema
    .prefault('60s')
    .describe('Log a line per entry and period: done, failed, running, waiting; 0: none'),
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
      orReference(jsonSchema);
    },
  });
  return {
    $schema,
    title: 'amqp-dispatcher',
    description: 'Configuration file of amqp-dispatcher: queues, exchanges and consumer classes',
    ...generated,
    patternProperties: { '^x-': { description: 'Left alone: a place for anchors' } },
    definitions: {
      reference: { description: 'Filled in before it is checked', type: 'string', pattern: '\\$\\{' },
    },
  };
}

/** Editors check the text as written, so each value that is no free text may be a reference instead. */
function orReference(jsonSchema: z.core.JSONSchema.BaseSchema): void {
  const { type, enum: words, pattern, description, default: fallback, ...rest } = jsonSchema;
  const isNumberOrFlag = type === 'integer' || type === 'number' || type === 'boolean';
  if (!isNumberOrFlag && words === undefined && pattern === undefined) return;
  const checked = { ...rest, ...present({ type, enum: words, pattern }) };
  for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key);
  Object.assign(jsonSchema, present({ description, default: fallback }), {
    anyOf: [checked, { $ref: '#/definitions/reference' }],
  });
}
