import type { BatchAmqp, BatchConsumer, Message } from '../../src/consumer-api/index.js';
import { Stopwatch } from '../probes/message-counter.js';
import { readWorkPlan } from '../workloads/work-plan.js';

const stopwatch = new Stopwatch(readWorkPlan());

/** Returns, which acks the whole batch. */
export default class ReturnsBatch implements BatchConsumer {
  consume(_amqp: BatchAmqp, messages: readonly Message[]): void {
    for (const _ of messages) stopwatch.lap();
  }
}
