import type { Amqp, Consumer } from '../../src/consumer-api/index.js';
import { MessageCounter } from '../probes/message-counter.js';
import { readWorkPlan } from '../workloads/work-plan.js';

const counter = new MessageCounter(readWorkPlan());

/** Acks, and nothing else. */
export default class Acks implements Consumer {
  async consume(amqp: Amqp): Promise<void> {
    counter.count();
    await amqp.ack();
  }
}
