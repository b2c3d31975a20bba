import type { ReceivedMessage } from '../amqp/index.js';
import { recordOf } from './message-record.js';
import type { RetryPlan } from './retry-schedule.js';

/**
 * True for a message that is tried alone where others share a batch: the next failure might be its last. So what is put
 * aside has failed by itself, and the innocent of a batch are found out.
 */
export function isSuspect(message: ReceivedMessage, retry: RetryPlan | undefined): boolean {
  const { attempts, deaths } = recordOf(message);
  return deaths > 0 || (retry !== undefined && attempts > 0 && attempts >= retry.attempts - 1);
}
