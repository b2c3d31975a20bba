import { dirname, resolve } from 'node:path';
import type { ResourceLimits } from 'node:worker_threads';
import type { ConnectionSettings } from '../broker/index.js';
import type { ArgumentTable, Configuration, ConsumerConfig, Entry, UserFunction } from './configuration.js';
import type { Path } from './problem.js';
import { connectionSchema } from './schema/connection-schema.js';
import { type ConsumerEntry, defaultPrefetch } from './schema/consumer-schema.js';
import type { FileEntries } from './schema/schema.js';
import { present } from './schema/vocabulary.js';
import type { JoinedDocument } from './source/joined-document.js';
import { displayName } from './values/module-reference.js';
import { parseStreamOffset, STREAM_OFFSET } from './values/stream-offset.js';

/** Completes a valid file with what depends on its location: positions, absolute paths, defaults from other keys. */
export function normalize(entries: FileEntries, document: JoinedDocument): Configuration {
  const at = (path: Path): Entry => ({
    path: document.nameOf(path),
    place: document.placeOf(path),
  });
  const ofModule = (path: Path): Pick<UserFunction, 'baseDir'> =>
    document.isOwn(path) ? {} : { baseDir: document.baseDirOf(path) };
  const absolute = resolve(document.file);
  const { startup_handler: startupHandler, startup_timeout: startupTimeoutMs, resource_limits: limits } = entries;
  return {
    file: absolute,
    baseDir: dirname(absolute),
    startupTimeoutMs,
    ...present({
      startupHandler: startupHandler && {
        ...startupHandler,
        ...ofModule(['startup_handler']),
        ...at(['startup_handler']),
      },
      threads: entries.threads,
    }),
    ...present({
      http: httpOf(entries, document),
      tracing: tracingOf(entries),
      controlSocket: entries.control && resolve(document.baseDirOf(['control']), entries.control.socket),
    }),
    summaryMs: entries.summary,
    connection: connection(entries.connection, document),
    resourceLimits: limits,
    exchanges: entries.exchanges.map((each, index) => declared(each, at, ['exchanges', index])),
    queues: entries.queues.map((each, index) => declared(each, at, ['queues', index])),
    consumers: entries.consumers.map((each, index) => {
      const path = ['consumers', index];
      return consumer(each, {
        limits,
        baseDir: document.baseDirOf(path),
        ofModule: ofModule(path),
        at: (inner) => at([...path, ...inner]),
      });
    }),
  };
}

/** An exchange or a queue and its bindings, with their places. */
function declared<Binding extends object, Each extends { readonly bindings: readonly Binding[] }>(
  each: Each & { readonly bindings: readonly Binding[] },
  at: (path: Path) => Entry,
  path: Path,
): Omit<Each, 'bindings'> & Entry & { readonly bindings: readonly (Binding & Pick<Entry, 'place'>)[] } {
  const bindings = each.bindings.map((binding, index) => ({
    ...binding,
    place: at([...path, 'bindings', index]).place,
  }));
  return { ...each, ...at(path), bindings };
}

function httpOf({ http }: FileEntries, document: JoinedDocument): Configuration['http'] {
  if (http === undefined) return undefined;
  const { token_file: tokenFile, ...settings } = http;
  const folder = document.baseDirOf(['http', 'token_file']);
  return { ...settings, ...present({ tokenFile: tokenFile === undefined ? undefined : resolve(folder, tokenFile) }) };
}

function tracingOf({ tracing }: FileEntries): Configuration['tracing'] {
  if (tracing?.enabled !== true) return undefined;
  return { parent: tracing.parent, sampleRatio: tracing.sample_ratio };
}

/** Connection settings for commands that run without a file. */
export function defaultConnection(): ConnectionSettings {
  return connectionSchema.parse({});
}

function connection({ tls, ...settings }: ConnectionSettings, document: JoinedDocument): ConnectionSettings {
  const { serverName, ...files } = tls;
  const absolute = Object.fromEntries(
    Object.entries(files).map(([name, path]) => [name, resolve(document.baseDirOf(['connection', 'tls', name]), path)]),
  );
  return { ...settings, tls: { ...absolute, ...present({ serverName }) } };
}

interface Surroundings {
  readonly limits: ResourceLimits;
  readonly baseDir: string;
  readonly ofModule: Pick<UserFunction, 'baseDir'>;
  readonly at: (path: Path) => Entry;
}

function consumer(each: ConsumerEntry, { limits, baseDir, ofModule, at }: Surroundings): ConsumerConfig {
  const { written, ...reference } = each.consumer;
  const schema = each.decode?.json.schema;
  return {
    consumer: written,
    reference: { ...reference, ...ofModule, place: at(['consumer']).place },
    name: each.name ?? displayName(reference),
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
      (middleware, index): UserFunction => ({ ...middleware, ...ofModule, ...at(['middleware', index]) }),
    ),
    ...at([]),
    locate: at,
  };
}

/** Converts a stream offset to what the broker expects; the cross-checks have rejected unreadable ones. */
function consumerArguments(written: ArgumentTable): ArgumentTable {
  const offset = parseStreamOffset(written[STREAM_OFFSET]);
  return offset === undefined ? written : { ...written, [STREAM_OFFSET]: offset };
}
