import { bareDuration } from '../../../timing/index.js';
import type { Path } from '../../problem.js';
import { valueAt } from '../../schema/schema-problems.js';
import type { Warning } from './queue-warnings.js';

/** The keys that take a duration; a test keeps them equal to the schema's. */
export const DURATION_KEYS = {
  file: [
    'startup_timeout',
    'summary',
    'connection.connect_timeout',
    'connection.reconnect_delay',
    'connection.reconnect_delay_max',
    'connection.stall_timeout',
  ],
  consumer: [
    'retry.delay',
    'retry.max_delay',
    'timeout.soft',
    'timeout.hard',
    'batch.wait',
    'recycle.age',
    'shutdown_timeout',
  ],
} as const;

/** Warns about durations such as `5`: milliseconds, where seconds were probably meant. */
export function durationWarnings(value: unknown): Warning[] {
  const consumers = valueAt(value, ['consumers']);
  const entries = Array.isArray(consumers) ? consumers.map((_, index): Path => ['consumers', index]) : [];
  const paths = [
    ...DURATION_KEYS.file.map((key): Path => key.split('.')),
    ...entries.flatMap((entry) => DURATION_KEYS.consumer.map((key): Path => [...entry, ...key.split('.')])),
  ];
  return paths.flatMap((path) => {
    const written = valueAt(value, path);
    const message = typeof written === 'number' ? bareDuration(written) : undefined;
    return message === undefined ? [] : [{ path, message }];
  });
}
