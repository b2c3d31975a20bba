import { nearestWord } from '../../../errors/index.js';
import type { Configuration } from '../../configuration.js';
import type { Path } from '../../problem.js';
import type { Warning } from './queue-warnings.js';

/** Arguments of RabbitMQ (https://www.rabbitmq.com/docs/queues#optional-arguments, /docs/consumers, /docs/ae). */
const KNOWN = {
  queues: [
    'x-consumer-disconnected-timeout',
    'x-consumer-timeout',
    'x-dead-letter-exchange',
    'x-dead-letter-routing-key',
    'x-dead-letter-strategy',
    'x-delivery-limit',
    'x-expires',
    'x-initial-cluster-size',
    'x-max-age',
    'x-max-in-memory-bytes',
    'x-max-in-memory-length',
    'x-max-length',
    'x-max-length-bytes',
    'x-max-priority',
    'x-message-ttl',
    'x-overflow',
    'x-queue-leader-locator',
    'x-queue-master-locator',
    'x-queue-mode',
    'x-queue-type',
    'x-queue-version',
    'x-quorum-initial-group-size',
    'x-quorum-target-group-size',
    'x-single-active-consumer',
    'x-stream-filter-size-bytes',
    'x-stream-max-segment-size-bytes',
  ],
  exchanges: ['alternate-exchange', 'x-delayed-type'],
  consumers: [
    'x-cancel-on-ha-failover',
    'x-consumer-timeout',
    'x-priority',
    'x-stream-filter',
    'x-stream-match-unfiltered',
    'x-stream-offset',
  ],
} as const;

/** Warns about arguments that are nearly those of RabbitMQ, which ignores the ones that it does not know. */
export function argumentWarnings(configuration: Pick<Configuration, 'exchanges' | 'queues' | 'consumers'>): Warning[] {
  return (['exchanges', 'queues', 'consumers'] as const).flatMap((section) =>
    configuration[section].flatMap(({ arguments: args }, index) =>
      misspelled(Object.keys(args), KNOWN[section], [section, index, 'arguments']),
    ),
  );
}

function misspelled(names: readonly string[], known: readonly string[], path: Path): Warning[] {
  return names.flatMap((name) => {
    const near = known.includes(name) ? undefined : nearestWord(name, known);
    if (near === undefined) return [];
    const message = `is not an argument of RabbitMQ, which ignores it, did you mean "${near}"?`;
    return [{ path: [...path, name], message }];
  });
}
