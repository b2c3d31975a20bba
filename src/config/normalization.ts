import { dirname, resolve } from 'node:path';
import type { ResourceLimits } from 'node:worker_threads';
import type { ConnectionSettings } from '../broker/index.js';
import type { ArgumentTable, Configuration, ConsumerConfig, Entry, UserFunction } from './configuration.js';
import { formatPath, type Path } from './problem.js';
import { connectionSchema } from './schema/connection-schema.js';
import { type ConsumerEntry, defaultPrefetch } from './schema/consumer-schema.js';
import type { FileEntries } from './schema/schema.js';
import { present } from './schema/vocabulary.js';
import { displayName } from './values/module-reference.js';
import { parseStreamOffset, STREAM_OFFSET } from './values/stream-offset.js';
import type { YamlDocument } from './yaml/yaml-document.js';

/** Completes a valid file with what depends on its location: positions, absolute paths, defaults from other keys. */
export function normalize(entries: FileEntries, { file, positions }: YamlDocument): Configuration {
  const at = (path: Path): Entry => ({ path: formatPath(path), position: positions.of(path) });
  const absolute = resolve(file);
  const baseDir = dirname(absolute);
  const { startup_handler: startupHandler, startup_timeout: startupTimeoutMs, resource_limits: limits } = entries;
  return {
    file: absolute,
    baseDir,
    startupTimeoutMs,
    ...present({
      startupHandler: startupHandler && { ...startupHandler, ...at(['startup_handler']) },
      threads: entries.threads,
    }),
    connection: connection(entries.connection, baseDir),
    resourceLimits: limits,
    exchanges: entries.exchanges.map((each, index) => ({ ...each, path: formatPath(['exchanges', index]) })),
    queues: entries.queues.map((each, index) => ({ ...each, path: formatPath(['queues', index]) })),
    consumers: entries.consumers.map((each, index) =>
      consumer(each, { limits, baseDir, at: (path) => at(['consumers', index, ...path]) }),
    ),
  };
}

/** Connection settings for commands that run without a file. */
export function defaultConnection(): ConnectionSettings {
  return connectionSchema.parse({});
}

function connection({ tls, ...settings }: ConnectionSettings, baseDir: string): ConnectionSettings {
  const { serverName, ...files } = tls;
  const absolute = Object.fromEntries(Object.entries(files).map(([name, path]) => [name, resolve(baseDir, path)]));
  return { ...settings, tls: { ...absolute, ...present({ serverName }) } };
}

interface Surroundings {
  readonly limits: ResourceLimits;
  readonly baseDir: string;
  readonly at: (path: Path) => Entry;
}

function consumer(each: ConsumerEntry, { limits, baseDir, at }: Surroundings): ConsumerConfig {
  const { written, ...reference } = each.consumer;
  const schema = each.decode?.json.schema;
  return {
    consumer: written,
    reference,
    name: displayName(reference),
    queue: each.queue,
    consumerCount: each.consumer_count,
    prefetchCount: each.prefetch_count ?? defaultPrefetch(each.consumer_count, each.batch),
    maxDeaths: each.max_deaths,
    onExhausted: each.on_exhausted,
    ...present({
      retry: each.retry,
      rateLimit: each.rate_limit,
      partitionBy: each.partition_by,
      batch: each.batch,
      timeout: each.timeout,
      threads: each.threads,
      recycle: each.recycle,
      decode: each.decode && {
        json: present({
          schema:
            schema === undefined ? undefined : { file: resolve(baseDir, schema), ...at(['decode', 'json', 'schema']) },
        }),
      },
    }),
    resourceLimits: { ...limits, ...each.resource_limits },
    shutdownTimeoutMs: each.shutdown_timeout,
    arguments: consumerArguments(each.arguments),
    options: each.options,
    middleware: each.middleware.map(
      (middleware, index): UserFunction => ({ ...middleware, ...at(['middleware', index]) }),
    ),
    ...at([]),
  };
}

/** Converts a stream offset to what the broker expects; the cross-checks have rejected unreadable ones. */
function consumerArguments(written: ArgumentTable): ArgumentTable {
  const offset = parseStreamOffset(written[STREAM_OFFSET]);
  return offset === undefined ? written : { ...written, [STREAM_OFFSET]: offset };
}
