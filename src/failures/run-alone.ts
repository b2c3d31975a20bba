import type { ReceivedMessage } from '../amqp/index.js';
import { recordOf } from './message-record.js';
import type { RetryPlan } from './retry/retry-schedule.js';

/**
 * True when a message must run alone rather than in a batch, because its next failure may be its last. This clears the
 * innocent messages of a failed batch.
 */
export function mustRunAlone(message: ReceivedMessage, retry: RetryPlan | undefined): boolean {
  const { attempts, deaths } = recordOf(message);
  return deaths > 0 || (retry !== undefined && attempts > 0 && attempts >= retry.attempts - 1);
}
