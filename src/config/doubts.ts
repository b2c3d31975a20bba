import type { Configuration, ConsumerConfig } from './configuration.js';
import { formatPath, type Path, type Problem } from './problem.js';
import type { YamlDocument } from './yaml-document.js';

const MESSAGE_TTL = 'x-message-ttl';

interface Doubt {
  readonly path: Path;
  readonly message: string;
}

/** What is valid in a configuration and probably not meant. */
export function findDoubts(configuration: Configuration, { file, positions }: YamlDocument): Problem[] {
  const { queues, exchanges, consumers } = configuration;
  const declared = new Set(queues.map(({ queue }) => queue));
  const doubts = [
    ...repeated(
      'queues',
      'queue',
      queues.map(({ queue }) => queue),
    ),
    ...repeated(
      'exchanges',
      'exchange',
      exchanges.map(({ exchange }) => exchange),
    ),
    ...consumers.flatMap((consumer, index) => [
      ...prefetchDoubts(consumer, ['consumers', index, 'prefetch_count']),
      ...queueDoubts(consumer, ['consumers', index, 'queue'], declared),
      ...retryDoubts(consumer, ['consumers', index], queues),
    ]),
  ];
  return doubts.map(({ path, message }) => ({ file, ...positions.of(path), path: formatPath(path), message }));
}

function repeated(section: string, key: string, names: readonly string[]): Doubt[] {
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    if (first === index) return [];
    return [{ path: [section, index, key], message: `is "${name}", the same name as ${section}[${first}]` }];
  });
}

function prefetchDoubts({ prefetchCount, consumerCount, batch }: ConsumerConfig, path: Path): Doubt[] {
  if (prefetchCount === 0)
    return [
      {
        path,
        message:
          'is 0, no limit of yours: at least 1000 messages at a time are taken from other consumers of the queue',
      },
    ];
  const size = batch?.size ?? 1;
  if (prefetchCount < size)
    return [
      { path, message: `is ${prefetchCount}, below batch.size ${size}: no batch is ever full, and each waits in vain` },
    ];
  if (batch !== undefined && prefetchCount < consumerCount * size) {
    const message = `is ${prefetchCount}, below consumer_count ${consumerCount} × batch.size ${size}: not all instances can have a full batch at one time`;
    return [{ path, message }];
  }
  if (prefetchCount >= consumerCount) return [];
  const idle = consumerCount - prefetchCount;
  const message = `is ${prefetchCount}, below consumer_count ${consumerCount}: at any time ${idle} of the instances idle`;
  return [{ path, message }];
}

/** Policies that can be followed, and do less than they seem to. */
function retryDoubts(consumer: ConsumerConfig, path: Path, queues: Configuration['queues']): Doubt[] {
  const { retry, onExhausted, queue } = consumer;
  const ttlMs = queues.find((each) => each.queue === queue)?.arguments[MESSAGE_TTL];
  const doubts: Doubt[] = [];
  if (onExhausted === 'discard' && retry === undefined) {
    const message =
      'is discard, without retry: it drops only what a consumer rejects, and other failures come back without limit';
    doubts.push({ path: [...path, 'on_exhausted'], message });
  }
  if (retry !== undefined && typeof ttlMs === 'number' && retry.maxDelayMs > ttlMs) {
    const message = `is ${retry.maxDelayMs} ms, above the ${ttlMs} ms that queue "${queue}" keeps a message for: one that failed may live longer`;
    doubts.push({ path: [...path, 'retry', 'max_delay'], message });
  }
  return doubts;
}

function queueDoubts({ queue }: ConsumerConfig, path: Path, declared: ReadonlySet<string>): Doubt[] {
  if (declared.has(queue)) return [];
  return [{ path, message: `is "${queue}", which this file does not declare; it must exist already` }];
}
