import type { ReceivedMessage } from '../amqp/index.js';
import { recordOf } from './message-record.js';
import type { RetryPlan } from './retry/retry-schedule.js';

/** True when a message's next failure may be its last, so that it must not run in a batch with others. */
export function mustRunAlone(message: ReceivedMessage, retry: RetryPlan | undefined): boolean {
  const { attempts, deaths } = recordOf(message);
  return deaths > 0 || (retry !== undefined && attempts > 0 && attempts >= retry.attempts - 1);
}
