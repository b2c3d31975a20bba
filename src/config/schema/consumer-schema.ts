import type { z } from 'zod';
import type { BatchConfig } from '../configuration.js';
import { partitionBy } from '../values/partition-by.js';
import { resourceLimitsSchema } from './connection-schema.js';
import {
  duration,
  LARGEST_PREFETCH,
  listOf,
  mapping,
  megabytes,
  name,
  number,
  oneOf,
  present,
  rate,
  reference,
  table,
  text,
  wholeNumber,
} from './vocabulary.js';

const retrySchema = mapping(
  {
    attempts: wholeNumber(1, 1_000_000)
      .default(5)
      .describe('Maximum number of deliveries of a message, the first included'),
    delay: duration()
      .prefault('1s')
      .describe('Wait after the first failure; the message waits in the queue QUEUE.retry.1000'),
    backoff: oneOf(['exponential', 'fixed'])
      .default('exponential')
      .describe('exponential: multiply each further wait by factor; fixed: keep all waits equal'),
    factor: number(1, 1_000).default(4).describe('Multiplier of each further wait, if backoff is exponential'),
    max_delay: duration().prefault('10m').describe('Maximum wait'),
    jitter: number(0, 1)
      .default(0.2)
      .describe(
        'Fraction by which a wait may be shorter, so that messages that failed together do not return together',
      ),
  },
  'a mapping that describes retries; {} for the defaults',
).transform(({ delay, max_delay: maxDelay, ...plan }) => ({ ...plan, delayMs: delay, maxDelayMs: maxDelay }));

const timeoutSchema = mapping(
  {
    soft: duration().optional().describe('Abort amqp.signal after this time'),
    hard: duration()
      .optional()
      .describe('Terminate the worker thread after this time; the message then counts as failed'),
  },
  'a mapping with soft, hard or both',
).transform(({ soft, hard }) => present({ softMs: soft, hardMs: hard }));

/**
 * One batch runs while the next fills up; with only one per instance, the instance would wait for the broker in
 * between.
 */
const BATCHES_AT_HAND = 2;

/** Larger batches add latency and gain nothing: a batch is copied into the thread before its consumer begins. */
const LARGEST_SIZE = 10_000;

const batchSchema = mapping(
  {
    size: wholeNumber(1, LARGEST_SIZE).default(100).describe('Maximum number of messages in one call of consume'),
    // Too short to delay a bulk insert noticeably, long enough to fill a batch of 100 at 200 messages a second.
    wait: duration().prefault('500ms').describe('How long the first message waits for more before consume is called'),
  },
  'a mapping with size, wait or both; {} for the defaults',
).transform(({ size, wait }) => ({ size, waitMs: wait }));

/** The prefetch of an entry that sets none. */
export function defaultPrefetch(consumerCount: number, batch: BatchConfig | undefined): number {
  if (batch === undefined) return consumerCount;
  return Math.min(LARGEST_PREFETCH, BATCHES_AT_HAND * consumerCount * batch.size);
}

const recycleSchema = mapping(
  {
    messages: wholeNumber(1, Number.MAX_SAFE_INTEGER)
      .optional()
      .describe('Replace a thread after this many messages of this entry'),
    heap_mb: megabytes(16)
      .optional()
      .describe('Replace a thread that uses more MiB after a full garbage collection, Buffers included'),
    age: duration()
      .optional()
      .describe('Replace a thread after this time, such as 6h; a little earlier for each, so that not all go at once'),
  },
  'a mapping with messages, heap_mb, age, or several of them',
).transform(({ messages, heap_mb: heapMb, age }) => present({ messages, heapMb, ageMs: age }));

const SCHEMA_FILE_EXPECTED = 'the path of a JSON Schema, from the folder of this file; it is never fetched';

const schemaFile = () =>
  text(SCHEMA_FILE_EXPECTED)
    .min(1, SCHEMA_FILE_EXPECTED)
    .refine((written) => !/^[a-z][a-z\d+.-]+:\/\//i.test(written), SCHEMA_FILE_EXPECTED);

const decodingSchema = mapping(
  {
    json: mapping(
      {
        schema: schemaFile()
          .optional()
          .describe('Path of a JSON Schema that the body must satisfy; absent: accept any JSON'),
      },
      'a mapping that describes JSON; {} for any',
    ).describe('The body must be JSON; message.json() returns the checked value'),
  },
  'a mapping with json',
);

/** `--only` separates names by commas. */
const ENTRY_NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.:-]{0,63}$/u;
const ENTRY_NAME_EXPECTED = '1 to 64 letters, digits, "_", "-", "." or ":", a letter, digit or "_" first';

/** One entry of `consumers:`. */
export const consumerSchema = mapping(
  {
    consumer: reference().describe('module:Export of the consumer class; without :Export the default export'),
    name: text(ENTRY_NAME_EXPECTED)
      .regex(ENTRY_NAME, ENTRY_NAME_EXPECTED)
      .optional()
      .describe('Name of the entry in logs, and for --only and --except; unique; default: its class'),
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

export type ConsumerEntry = z.output<typeof consumerSchema>;
