/**
 * Rules between keys. They read the raw document rather than the parsed one, so that they report together with the
 * schema's problems and not only after those are fixed.
 */
import { nearestWord } from '../../errors/index.js';
import { durationMs, durationText } from '../../timing/index.js';
import { describeValue, formatPath, type Path, type Problem } from '../problem.js';
import { valueAt } from '../schema/schema-problems.js';
import { QUEUE_ARGUMENT_KEYS } from '../schema/topology-schema.js';
import type { JoinedDocument } from '../source/joined-document.js';
import { isLoopbackAddress, parseListenAddress } from '../values/listen-address.js';
import { parseStreamOffset, STREAM_OFFSET, STREAM_OFFSET_EXPECTED } from '../values/stream-offset.js';

const LONGEST_RECONNECT_DELAY_MS = 30_000;
const DEFAULT_RETRY_DELAY_MS = 1_000;
const LONGEST_RETRY_DELAY_MS = 600_000;

/** The broker's consumer timeout is 30 minutes, and the consumer needs its share of it. */
const LONGEST_BATCH_WAIT_MS = 600_000;

interface Finding {
  readonly path: Path;
  readonly message: string;
  readonly expected: string;
  /** The duration that the expectation names. */
  readonly limit?: { readonly path: Path; readonly defaultMs: number };
  /** True when nothing stands at the path, so the position is its parent's. */
  readonly missing?: boolean;
}

/** Finds every contradiction in a document that has the configuration's shape. */
export function crossChecks(document: JoinedDocument): Problem[] {
  const { file, value, positions } = document;
  const findings = [
    ...entriesOf(value, 'exchanges').flatMap((path) => exchangeFindings(value, path)),
    ...entriesOf(value, 'queues').flatMap((path) => queueFindings(value, path)),
    ...consumerFindings(value),
    ...connectionFindings(value),
    ...consoleFindings(value),
  ];
  return findings.map(({ path, message, expected, missing, limit }) => ({
    file,
    ...positions.of(missing === true ? path.slice(0, -1) : path),
    path: formatPath(path),
    message,
    expected: limit === undefined ? expected : `${expected}, ${limitText(document, limit)}`,
  }));
}

function entriesOf(value: unknown, section: string): Path[] {
  const entries = valueAt(value, [section]);
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry, index) => (isMapping(entry) ? [[section, index]] : []));
}

function exchangeFindings(value: unknown, path: Path): Finding[] {
  const passive = valueAt(value, [...path, 'passive']) === true;
  if (passive || valueAt(value, [...path, 'type']) !== undefined) return [];
  const expected = 'direct, fanout, topic, headers or x-…, unless passive is true';
  return [{ path: [...path, 'type'], message: 'is missing', expected, missing: true }];
}

function queueFindings(value: unknown, path: Path): Finding[] {
  return [...doubleArguments(value, path), ...typeConflicts(value, path)];
}

function doubleArguments(value: unknown, path: Path): Finding[] {
  return QUEUE_ARGUMENT_KEYS.flatMap(({ key, argument }) => {
    const isSet = (valueAt(value, [...path, key]) ?? null) !== null;
    const argumentPath = [...path, 'arguments', argument];
    if (!isSet || valueAt(value, argumentPath) === undefined) return [];
    return [{ path: argumentPath, message: `is set here and by ${key}`, expected: 'only one of the two' }];
  });
}

/** Quorum queues and streams are replicated logs: https://www.rabbitmq.com/docs/quorum-queues#feature-matrix */
function typeConflicts(value: unknown, path: Path): Finding[] {
  const type = queueType(value, path);
  if ((type !== 'quorum' && type !== 'stream') || valueAt(value, [...path, 'passive']) === true) return [];
  const demands = [
    { key: 'durable', demanded: true, because: `a ${type} queue is always durable` },
    { key: 'auto_delete', demanded: false, because: `a ${type} queue cannot delete itself` },
    { key: 'exclusive', demanded: false, because: `a ${type} queue cannot be exclusive` },
  ];
  return demands.flatMap(({ key, demanded, because }) => {
    const found = valueAt(value, [...path, key]);
    if (found !== !demanded) return [];
    return [{ path: [...path, key], message: describeValue(found), expected: `${demanded}: ${because}` }];
  });
}

function queueType(value: unknown, path: Path): unknown {
  return valueAt(value, [...path, 'x_queue_type']) ?? valueAt(value, [...path, 'arguments', 'x-queue-type']);
}

function consumerFindings(value: unknown): Finding[] {
  const streams = entriesOf(value, 'queues')
    .filter((path) => queueType(value, path) === 'stream')
    .map((path) => valueAt(value, [...path, 'queue']));
  // Only streams take an offset, so the offset reveals a stream that the file does not declare.
  const isStream = (path: Path): boolean =>
    streams.includes(valueAt(value, [...path, 'queue'])) ||
    valueAt(value, [...path, 'arguments', STREAM_OFFSET]) !== undefined;
  return entriesOf(value, 'consumers').flatMap((path) => [
    ...retryFindings(value, path),
    ...timeoutFindings(value, path),
    ...threadFindings(value, path),
    ...batchFindings(value, path),
    ...streamFindings(value, path, isStream(path)),
    ...offsetFindings(value, path),
  ]);
}

function retryFindings(value: unknown, path: Path): Finding[] {
  const delay = durationAt(value, [...path, 'retry', 'delay']) ?? DEFAULT_RETRY_DELAY_MS;
  const longest = durationAt(value, [...path, 'retry', 'max_delay']) ?? LONGEST_RETRY_DELAY_MS;
  if (delay <= longest) return [];
  const at = [...path, 'retry', 'delay'];
  const limit = { path: [...path, 'retry', 'max_delay'], defaultMs: LONGEST_RETRY_DELAY_MS };
  return [{ path: at, message: describeValue(valueAt(value, at) ?? '1s'), expected: 'at most retry.max_delay', limit }];
}

function timeoutFindings(value: unknown, path: Path): Finding[] {
  const empty = emptyFindings(value, [...path, 'timeout'], 'soft, hard or both');
  if (empty.length > 0) return empty;
  const soft = durationAt(value, [...path, 'timeout', 'soft']);
  const hard = durationAt(value, [...path, 'timeout', 'hard']);
  if (soft === undefined || hard === undefined || hard >= soft) return [];
  const at = [...path, 'timeout', 'hard'];
  const limit = { path: [...path, 'timeout', 'soft'], defaultMs: soft };
  return [{ path: at, message: describeValue(valueAt(value, at)), expected: 'at least timeout.soft', limit }];
}

function threadFindings(value: unknown, path: Path): Finding[] {
  const has = (key: string): boolean => (valueAt(value, [...path, key]) ?? null) !== null;
  const own = 'threads of the entry: the shared threads have the resource_limits of the file';
  const limits = 'messages, heap_mb, age, or several of them';
  return [
    ...(has('resource_limits') && !has('threads')
      ? [{ path: [...path, 'resource_limits'], message: 'is set without threads', expected: own }]
      : []),
    ...emptyFindings(value, [...path, 'recycle'], limits),
  ];
}

function emptyFindings(value: unknown, path: Path, expected: string): Finding[] {
  const mapping = valueAt(value, path);
  return isMapping(mapping) && Object.keys(mapping).length === 0 ? [{ path, message: 'is empty', expected }] : [];
}

function batchFindings(value: unknown, path: Path): Finding[] {
  const batch = [...path, 'batch'];
  const wait = [...batch, 'wait'];
  const isSet = (key: string): boolean => (valueAt(value, [...path, key]) ?? null) !== null;
  const isLong = (durationAt(value, wait) ?? 0) > LONGEST_BATCH_WAIT_MS;
  return [
    ...(isSet('batch') && isSet('partition_by')
      ? [{ path: batch, message: 'is set beside partition_by', expected: 'only one of the two' }]
      : []),
    ...(isLong
      ? [
          {
            path: wait,
            message: describeValue(valueAt(value, wait)),
            expected: 'at most 10m: the broker waits for answers',
          },
        ]
      : []),
  ];
}

/** A queue forgets a message once it is answered; a stream cannot, so these keys make no sense there. */
function streamFindings(value: unknown, path: Path, isStream: boolean): Finding[] {
  if (!isStream) return [];
  const unlimited = valueAt(value, [...path, 'prefetch_count']) === 0;
  const never = ['retry', 'on_exhausted'].filter((key) => (valueAt(value, [...path, key]) ?? null) !== null);
  return [
    // https://www.rabbitmq.com/docs/streams#consuming: "a QoS prefetch must be set".
    ...(unlimited
      ? [{ path: [...path, 'prefetch_count'], message: 'is 0', expected: '1 or more: the queue is a stream' }]
      : []),
    ...never.map((key) => ({
      path: [...path, key],
      message: 'is set',
      expected: 'nothing: the queue is a stream, which keeps its messages',
    })),
  ];
}

function offsetFindings(value: unknown, path: Path): Finding[] {
  const at = [...path, 'arguments', STREAM_OFFSET];
  const offset = valueAt(value, at);
  if (offset === undefined || parseStreamOffset(offset) !== undefined) return [];
  const near = typeof offset === 'string' ? nearestWord(offset, ['first', 'last', 'next']) : undefined;
  const meant = near === undefined ? '' : `, did you mean "${near}"?`;
  return [{ path: at, message: `${describeValue(offset)}${meant}`, expected: STREAM_OFFSET_EXPECTED }];
}

function connectionFindings(value: unknown): Finding[] {
  const path = ['connection', 'reconnect_delay'];
  const delay = durationAt(value, path) ?? 0;
  const longest = durationAt(value, ['connection', 'reconnect_delay_max']) ?? LONGEST_RECONNECT_DELAY_MS;
  const limit = { path: ['connection', 'reconnect_delay_max'], defaultMs: LONGEST_RECONNECT_DELAY_MS };
  const has = (key: string): boolean => (valueAt(value, ['connection', 'tls', key]) ?? null) !== null;
  return [
    ...(delay > longest
      ? [{ path, message: describeValue(valueAt(value, path)), expected: 'at most reconnect_delay_max', limit }]
      : []),
    ...(has('certificate') && !has('key') ? [missingPartner('key', 'certificate')] : []),
    ...(has('key') && !has('certificate') ? [missingPartner('certificate', 'key')] : []),
  ];
}

function consoleFindings(value: unknown): Finding[] {
  const path = ['http', 'console'];
  const written = valueAt(value, ['http', 'listen']);
  const listen = typeof written === 'string' ? written : '';
  const address = parseListenAddress(listen);
  const hasToken = (valueAt(value, ['http', 'token_file']) ?? null) !== null;
  if (valueAt(value, path) !== true || address === undefined || hasToken || isLoopbackAddress(address)) return [];
  const expected = 'http.token_file beside it, or listen on 127.0.0.1';
  return [{ path, message: `is true without a token, and other machines can reach ${listen}`, expected }];
}

/** The limit as the file has it; a value from outside is named by its reference. */
function limitText(document: JoinedDocument, { path, defaultMs }: NonNullable<Finding['limit']>): string {
  const written = valueAt(document.value, path);
  if (typeof written !== 'string' && typeof written !== 'number')
    return `which is ${durationText(defaultMs)} by default`;
  const shown = document.templateAt(path) ?? (typeof written === 'number' ? durationText(written) : written);
  return `which is ${shown}`;
}

function durationAt(value: unknown, path: Path): number | undefined {
  const written = valueAt(value, path);
  return typeof written === 'string' || typeof written === 'number' ? durationMs(written) : undefined;
}

function missingPartner(missing: string, given: string): Finding {
  return {
    path: ['connection', 'tls', missing],
    message: 'is missing',
    expected: `the PEM file that belongs to tls.${given}`,
    missing: true,
  };
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
