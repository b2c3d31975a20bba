import type { BatchAmqp, BatchConsumer, Message } from '../../src/consumer-api/index.js';
import { MessageCounter } from '../probes/message-counter.js';
import { readWorkPlan } from '../workloads/work-plan.js';

const counter = new MessageCounter(readWorkPlan());

/** Returns, which acks the whole batch. */
export default class ReturnsBatch implements BatchConsumer {
  consume(_amqp: BatchAmqp, messages: readonly Message[]): void {
    for (const _ of messages) counter.count();
  }
}
