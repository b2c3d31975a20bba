import { dirname, resolve } from 'node:path';
import { type BatchEntries, defaultPrefetch } from './batch-schema.js';
import type {
  ArgumentTable,
  BatchConfig,
  BindingConfig,
  Configuration,
  ConnectionConfig,
  ConsumerConfig,
  DecodeConfig,
  Entry,
  ExchangeConfig,
  MiddlewareConfig,
  QueueConfig,
  RecycleConfig,
  ResourceLimits,
  RetryConfig,
  StartupHandlerConfig,
  TimeoutConfig,
} from './configuration.js';
import { type ConnectionEntries, connectionSchema, type ResourceLimitEntries } from './connection-schema.js';
import type { DecodingEntries } from './decoding-schema.js';
import { parseDuration } from './duration.js';
import type { RetryEntries, TimeoutEntries } from './failure-schema.js';
import { displayName, type ModuleReference, parseModuleReference } from './module-reference.js';
import { parsePartitionBy } from './partition-by.js';
import { formatPath, type Path } from './problem.js';
import { parseRate } from './rate.js';
import type { ConsumerEntry, FileEntries } from './schema.js';
import { parseStreamOffset, STREAM_OFFSET } from './stream-offset.js';
import type { RecycleEntries } from './thread-schema.js';
import { type ExchangeEntry, QUEUE_ARGUMENT_KEYS, type QueueEntry } from './topology-schema.js';
import type { YamlDocument } from './yaml-document.js';

/** Gives the entries of a valid file the shape that the program works with. */
export function normalize(entries: FileEntries, { file, positions }: YamlDocument): Configuration {
  const entry = (path: Path): Entry => ({ path: formatPath(path), position: positions.of(path) });
  const absolute = resolve(file);
  const ofAll = resourceLimits(entries.resource_limits);
  return {
    file: absolute,
    baseDir: dirname(absolute),
    ...(entries.startup_handler !== undefined && {
      startupHandler: userFunction(entries.startup_handler, entry(['startup_handler'])),
    }),
    startupTimeoutMs: parseDuration(entries.startup_timeout),
    ...(entries.threads !== undefined && { threads: entries.threads }),
    connection: connection(entries.connection, dirname(absolute)),
    resourceLimits: ofAll,
    exchanges: (entries.exchanges ?? []).map((each, index) => exchange(each, entry(['exchanges', index]))),
    queues: (entries.queues ?? []).map((each, index) => queue(each, entry(['queues', index]))),
    consumers: entries.consumers.map((each, index) =>
      consumer(each, {
        limits: ofAll,
        folder: dirname(absolute),
        at: (path) => entry(['consumers', index, ...path]),
      }),
    ),
  };
}

function userFunction(written: string, entry: Entry): StartupHandlerConfig & MiddlewareConfig {
  return { ...referenceOf(written), written, ...entry };
}

/** How the broker is reached when no file says it. */
export function defaultConnection(): ConnectionConfig {
  return connection(connectionSchema.parse({}), '.');
}

function connection(entries: ConnectionEntries, folder: string): ConnectionConfig {
  const { ca, certificate, key, server_name: serverName } = entries.tls ?? {};
  return {
    connectTimeoutMs: parseDuration(entries.connect_timeout),
    reconnectDelayMs: parseDuration(entries.reconnect_delay),
    reconnectDelayMaxMs: parseDuration(entries.reconnect_delay_max),
    stallTimeoutMs: parseDuration(entries.stall_timeout),
    tls: {
      ...(ca !== undefined && { ca: resolve(folder, ca) }),
      ...(certificate !== undefined && { certificate: resolve(folder, certificate) }),
      ...(key !== undefined && { key: resolve(folder, key) }),
      ...(serverName !== undefined && { serverName }),
    },
  };
}

function resourceLimits(entries: ResourceLimitEntries): ResourceLimits {
  const { max_old_generation_mb: old, max_young_generation_mb: young, code_range_mb: code, stack_mb: stack } = entries;
  return {
    ...(old !== undefined && { maxOldGenerationSizeMb: old }),
    ...(young !== undefined && { maxYoungGenerationSizeMb: young }),
    ...(code !== undefined && { codeRangeSizeMb: code }),
    ...(stack !== undefined && { stackSizeMb: stack }),
  };
}

function exchange(each: ExchangeEntry, entry: Entry): ExchangeConfig {
  return {
    exchange: each.exchange,
    type: each.type,
    durable: each.durable,
    autoDelete: each.auto_delete,
    internal: each.internal,
    passive: each.passive,
    arguments: each.arguments ?? {},
    bindings: (each.bindings ?? []).map(binding),
    ...entry,
  };
}

function queue(each: QueueEntry, entry: Entry): QueueConfig {
  return {
    queue: each.queue,
    durable: each.durable,
    autoDelete: each.auto_delete,
    exclusive: each.exclusive,
    passive: each.passive,
    arguments: { ...each.arguments, ...spelledOut(each) },
    bindings: (each.bindings ?? []).map(binding),
    ...entry,
  };
}

/** The x_ keys that are set, as the broker spells them. */
function spelledOut(each: QueueEntry): Record<string, unknown> {
  const values = new Map(Object.entries(each));
  const set = QUEUE_ARGUMENT_KEYS.filter(({ key }) => (values.get(key) ?? null) !== null);
  return Object.fromEntries(set.map(({ key, argument }) => [argument, values.get(key)]));
}

function binding(each: NonNullable<QueueEntry['bindings']>[number]): BindingConfig {
  return { exchange: each.exchange, routingKey: each.routing_key, arguments: each.arguments ?? {} };
}

/** What an entry has of the file that it stands in. */
interface ConsumerPlace {
  readonly limits: ResourceLimits;
  readonly folder: string;
  /** The place of a path within the entry. */
  readonly at: (path: Path) => Entry;
}

function consumer(each: ConsumerEntry, place: ConsumerPlace): ConsumerConfig {
  const { limits, at } = place;
  const reference = referenceOf(each.consumer);
  const partitionBy = parsePartitionBy(each.partition_by ?? '');
  return {
    consumer: each.consumer,
    reference,
    name: displayName(reference),
    queue: each.queue,
    consumerCount: each.consumer_count,
    prefetchCount: each.prefetch_count ?? defaultPrefetch(each.consumer_count, each.batch),
    maxDeaths: each.max_deaths,
    ...(each.retry !== undefined && { retry: retry(each.retry) }),
    onExhausted: each.on_exhausted,
    ...(each.rate_limit !== undefined && { rateLimit: parseRate(each.rate_limit) }),
    ...(partitionBy !== undefined && { partitionBy }),
    ...(each.batch !== undefined && { batch: batch(each.batch) }),
    ...(each.timeout !== undefined && { timeout: timeout(each.timeout) }),
    ...(each.threads !== undefined && { threads: each.threads }),
    resourceLimits: { ...limits, ...resourceLimits(each.resource_limits ?? {}) },
    ...(each.recycle !== undefined && { recycle: recycle(each.recycle) }),
    shutdownTimeoutMs: parseDuration(each.shutdown_timeout),
    arguments: consumerArguments(each.arguments ?? {}),
    options: each.options ?? {},
    middleware: (each.middleware ?? []).map((written, index) => userFunction(written, at(['middleware', index]))),
    ...(each.decode !== undefined && { decode: decoding(each.decode, place) }),
    ...at([]),
  };
}

/** The cross-checks have refused an offset that cannot be read. */
function consumerArguments(written: ArgumentTable): ArgumentTable {
  const offset = parseStreamOffset(written[STREAM_OFFSET]);
  return offset === undefined ? written : { ...written, [STREAM_OFFSET]: offset };
}

function decoding({ json: { schema } }: DecodingEntries, { folder, at }: ConsumerPlace): DecodeConfig {
  if (schema === undefined) return { json: {} };
  return { json: { schema: { file: resolve(folder, schema), ...at(['decode', 'json', 'schema']) } } };
}

function batch({ size, wait }: BatchEntries): BatchConfig {
  return { size, waitMs: parseDuration(wait) };
}

function timeout({ soft, hard }: TimeoutEntries): TimeoutConfig {
  return {
    ...(soft !== undefined && { softMs: parseDuration(soft) }),
    ...(hard !== undefined && { hardMs: parseDuration(hard) }),
  };
}

function recycle({ messages, heap_mb: heapMb, age }: RecycleEntries): RecycleConfig {
  return {
    ...(messages !== undefined && { messages }),
    ...(heapMb !== undefined && { heapMb }),
    ...(age !== undefined && { ageMs: parseDuration(age) }),
  };
}

function retry({ attempts, delay, backoff, factor, max_delay: maxDelay, jitter }: RetryEntries): RetryConfig {
  return {
    attempts,
    delayMs: parseDuration(delay),
    backoff,
    factor,
    maxDelayMs: parseDuration(maxDelay),
    jitter,
  };
}

/** The schema has refused what cannot be split. */
function referenceOf(written: string): ModuleReference {
  return parseModuleReference(written) ?? { module: written, exportName: null };
}
