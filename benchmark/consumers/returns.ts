import type { Consumer } from '../../src/consumer-api/index.js';
import { MessageCounter } from '../probes/message-counter.js';
import { readWorkPlan } from '../workloads/work-plan.js';

const counter = new MessageCounter(readWorkPlan());

/** Returns, which acks. */
export default class Returns implements Consumer {
  consume(): void {
    counter.count();
  }
}
