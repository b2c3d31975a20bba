import type { Amqp, Consumer } from '../../src/consumer-api/index.js';
import { Stopwatch } from '../probes/message-counter.js';
import { readWorkPlan } from '../workloads/work-plan.js';

const stopwatch = new Stopwatch(readWorkPlan());

/** Acks, and nothing else. */
export default class Acks implements Consumer {
  async consume(amqp: Amqp): Promise<void> {
    stopwatch.lap();
    await amqp.ack();
  }
}
