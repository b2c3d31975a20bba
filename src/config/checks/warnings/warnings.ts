import type { RetryPlan } from '../../../failures/index.js';
import { durationText } from '../../../timing/index.js';
import type { Configuration, ConsumerConfig } from '../../configuration.js';
import { byRule, formatPath, type Path, type Problem } from '../../problem.js';
import { STREAM_OFFSET } from '../../values/stream-offset.js';
import type { YamlDocument } from '../../yaml/yaml-document.js';
import { trapIn } from '../../yaml/yaml-trap.js';
import { argumentWarnings } from './argument-warnings.js';
import { durationWarnings } from './duration-warnings.js';
import { declaredQueueWarnings, type Warning } from './queue-warnings.js';
import { topologyWarnings, undeclaredName } from './topology-warnings.js';

const MESSAGE_TTL = 'x-message-ttl';
const QUEUE_TYPE = 'x-queue-type';
const CONSUMER_TIMEOUT = 'x-consumer-timeout';

/** Finds what is valid in a configuration but probably not intended. */
export function findWarnings(
  configuration: Configuration,
  { file, value, positions }: Pick<YamlDocument, 'file' | 'value' | 'positions'>,
): Problem[] {
  const { queues, exchanges, consumers } = configuration;
  const names = queues.map(({ queue }) => queue);
  const exchangeNames = exchanges.map(({ exchange }) => exchange);
  const place: Placing = (section, index, from) => {
    const { path } = configuration[section][index] ?? { path: '' };
    const other = positions.of([section, index]);
    const fromFile = positions.of([section, from]).file;
    const where = other.file === fromFile ? '' : ` of ${other.file ?? file}`;
    // The path of an entry in an included file begins with the name of that file.
    return `${path.slice(path.lastIndexOf(' ') + 1)} on line ${other.line}${where}`;
  };
  const warnings = [
    ...byRule('duration', durationWarnings(value)),
    ...byRule('dropped-text', droppedTexts(value, positions)),
    ...byRule('repeated-name', repeated(['queues', 'queue'], names, place)),
    ...byRule('repeated-name', repeated(['exchanges', 'exchange'], exchangeNames, place)),
    ...byRule('queue-argument', [...declaredQueueWarnings(queues, value), ...argumentWarnings(configuration)]),
    ...topologyWarnings(configuration, value),
    ...consumers.flatMap((consumer, index) => [
      ...byRule('prefetch', prefetchWarnings(consumer, ['consumers', index, 'prefetch_count'])),
      ...byRule('undeclared-queue', queueWarnings(consumer, ['consumers', index, 'queue'], names)),
      ...byRule('retry', retryWarnings(consumer, ['consumers', index], queues)),
      ...byRule('consumer-timeout', timeoutWarnings(consumer, ['consumers', index, 'timeout', 'hard'], queues)),
      ...byRule('threads', threadWarnings(consumer, ['consumers', index])),
      ...byRule('middleware', middlewareWarnings(consumer, ['consumers', index, 'middleware'])),
      ...byRule('decode', decodeWarnings(consumer, ['consumers', index, 'decode'], queues)),
      ...byRule('partition', partitionWarnings(consumer, ['consumers', index, 'partition_by'], { consumers, place })),
    ]),
  ];
  return warnings.map(({ path, ...warning }) => ({ file, ...positions.of(path), path: formatPath(path), ...warning }));
}

/** Finds text that YAML dropped where null is also valid, which nobody would notice. */
function droppedTexts(value: unknown, positions: YamlDocument['positions'], path: Path = []): Warning[] {
  if (value === null) {
    const written = positions.written(path);
    // A "#" without a space after it is rarely meant as a comment.
    const trap = /^(?:#$|#\S|&)/.test(written) ? trapIn(written) : undefined;
    return trap === undefined ? [] : [{ path, message: `has no value: ${trap}` }];
  }
  if (typeof value !== 'object') return [];
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([step, inner]) => droppedTexts(inner, positions, [...path, step]));
}

/** Names an entry by its own file, as seen from another one: `queues[0] on line 3 of parts/mail.yml`. */
type Placing = (section: 'exchanges' | 'queues' | 'consumers', index: number, from: number) => string;

function repeated(
  [section, key]: readonly ['exchanges' | 'queues', string],
  names: readonly string[],
  place: Placing,
): Warning[] {
  const seen = new Map<string, number>();
  return names.flatMap((name, index) => {
    const first = seen.get(name);
    if (first === undefined) seen.set(name, index);
    return first === undefined
      ? []
      : [{ path: [section, index, key], message: `is "${name}", the same name as ${place(section, first, index)}` }];
  });
}

function prefetchWarnings({ prefetchCount, consumerCount, batch }: ConsumerConfig, path: Path): Warning[] {
  if (prefetchCount === 0)
    return [
      {
        path,
        message:
          'is 0, which sets no limit: the daemon holds at least 1000 messages that other consumers of the queue cannot get',
      },
    ];
  const size = batch?.size ?? 1;
  if (prefetchCount < size)
    return [
      {
        path,
        message: `is ${prefetchCount}, below batch.size ${size}: no batch is ever full, and each waits for batch.wait`,
      },
    ];
  if (batch !== undefined && prefetchCount < consumerCount * size) {
    const message = `is ${prefetchCount}, below consumer_count ${consumerCount} × batch.size ${size}: not all instances can have a full batch at one time`;
    return [{ path, message }];
  }
  if (prefetchCount >= consumerCount) return [];
  const idle = consumerCount - prefetchCount;
  const message = `is ${prefetchCount}, below consumer_count ${consumerCount}: at least ${idle} of the ${consumerCount} instances are always idle`;
  return [{ path, message }];
}

function retryWarnings(consumer: ConsumerConfig, path: Path, queues: Configuration['queues']): Warning[] {
  const { retry, onExhausted, queue, decode } = consumer;
  const ttlMs = queues.find((each) => each.queue === queue)?.arguments[MESSAGE_TTL];
  const warnings: Warning[] = [];
  if (onExhausted === 'discard' && retry === undefined) {
    const dropped =
      decode === undefined
        ? 'messages that a consumer rejects'
        : 'messages that are invalid or that a consumer rejects';
    const message = `is discard, without retry: it drops only ${dropped}, and other failed messages are requeued without limit`;
    warnings.push({ path: [...path, 'on_exhausted'], message });
  }
  const longestMs = retry === undefined ? 0 : longestWaitMs(retry);
  if (typeof ttlMs === 'number' && longestMs > ttlMs) {
    const message = `waits up to ${durationText(longestMs)} before the last of its ${retry?.attempts} attempts, longer than the x_message_ttl of queue "${queue}", ${durationText(ttlMs)}: a failed message may live longer than that`;
    warnings.push({ path: [...path, 'retry'], message });
  }
  return warnings;
}

function longestWaitMs({ attempts, delayMs, backoff, factor, maxDelayMs }: RetryPlan): number {
  if (attempts === 1) return 0;
  return Math.min(maxDelayMs, backoff === 'fixed' ? delayMs : delayMs * factor ** (attempts - 2));
}

function threadWarnings({ threads, consumerCount, recycle, resourceLimits }: ConsumerConfig, path: Path): Warning[] {
  const warnings: Warning[] = [];
  if (threads !== undefined && threads > consumerCount) {
    const message = `is ${threads}, above consumer_count ${consumerCount}: ${threads - consumerCount} of its ${threads} threads are always idle`;
    warnings.push({ path: [...path, 'threads'], message });
  }
  const heapMb = recycle?.heapMb;
  const most = resourceLimits.maxOldGenerationSizeMb;
  if (heapMb !== undefined && most !== undefined && heapMb >= most) {
    const message = `is ${heapMb} MiB, not below the max_old_generation_mb of its threads, ${most} MiB: they may run out of memory before they are replaced`;
    warnings.push({ path: [...path, 'recycle', 'heap_mb'], message });
  }
  return warnings;
}

function middlewareWarnings({ middleware }: ConsumerConfig, path: Path): Warning[] {
  const references = middleware.map(({ written }) => written);
  return references.flatMap((written, index) => {
    const first = references.indexOf(written);
    if (first === index) return [];
    return [
      { path: [...path, index], message: `is "${written}", the same as middleware[${first}]: it is called twice` },
    ];
  });
}

/** A stream keeps invalid messages and does not mark them. */
function decodeWarnings(consumer: ConsumerConfig, path: Path, queues: Configuration['queues']): Warning[] {
  const { decode, queue } = consumer;
  const type = queues.find((each) => each.queue === queue)?.arguments[QUEUE_TYPE];
  if (decode === undefined || (type !== 'stream' && !(STREAM_OFFSET in consumer.arguments))) return [];
  const message = `is set, and "${queue}" is a stream: invalid messages are skipped, and only the log reports them`;
  return [{ path, message }];
}

function partitionWarnings(
  consumer: ConsumerConfig,
  path: Path,
  { consumers, place }: { readonly consumers: readonly ConsumerConfig[]; readonly place: Placing },
): Warning[] {
  const { partitionBy, consumerCount, prefetchCount, queue } = consumer;
  if (partitionBy === undefined) return [];
  const own = consumers.indexOf(consumer);
  const others = consumers.flatMap((each, index) =>
    index !== own && each.queue === queue ? [place('consumers', index, own)] : [],
  );
  const messages: string[] = [];
  if (consumerCount === 1) {
    messages.push('is set and consumer_count is 1: a single instance handles messages in order anyway');
  } else if (prefetchCount > 0 && prefetchCount <= consumerCount) {
    messages.push(
      `is set and prefetch_count is ${prefetchCount} for ${consumerCount} instances: two messages with the same key leave an instance idle; raise it, for example to ten per instance`,
    );
  }
  if (others.length > 0) {
    messages.push(
      `is set, and ${others.join(', ')} ${others.length === 1 ? 'consumes' : 'consume'} from queue "${queue}" too: the order holds only within one entry`,
    );
  }
  return messages.map((message) => ({ path, message }));
}

function queueWarnings({ queue }: ConsumerConfig, path: Path, declared: readonly string[]): Warning[] {
  return declared.includes(queue) ? [] : [{ path, message: undeclaredName(queue, declared) }];
}

/** https://www.rabbitmq.com/docs/consumers#acknowledgement-timeout */
const DEFAULT_CONSUMER_TIMEOUT_MS = 30 * 60_000;

function timeoutWarnings(consumer: ConsumerConfig, path: Path, queues: Configuration['queues']): Warning[] {
  const hardMs = consumer.timeout?.hardMs;
  if (hardMs === undefined) return [];
  const args = queues.find((each) => each.queue === consumer.queue)?.arguments;
  const written = consumer.arguments[CONSUMER_TIMEOUT] ?? args?.[CONSUMER_TIMEOUT];
  const limitMs = typeof written === 'number' ? written : DEFAULT_CONSUMER_TIMEOUT_MS;
  if (hardMs <= limitMs) return [];
  const limit =
    typeof written === 'number'
      ? `${CONSUMER_TIMEOUT}, ${durationText(written)}`
      : `RabbitMQ's default consumer timeout, ${durationText(DEFAULT_CONSUMER_TIMEOUT_MS)}`;
  const message = `is ${durationText(hardMs)}, above ${limit}: the broker may take the message back while it still runs`;
  return [{ path, message }];
}
