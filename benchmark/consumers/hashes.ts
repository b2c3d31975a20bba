import type { Consumer } from '../../src/consumer-api/index.js';
import { MessageCounter } from '../probes/message-counter.js';
import { hash } from '../workloads/hashing.js';
import { readWorkPlan } from '../workloads/work-plan.js';

const plan = readWorkPlan();
const counter = new MessageCounter(plan);

/** Hashes a fixed amount, then returns, which acks. */
export default class Hashes implements Consumer {
  consume(): void {
    counter.count();
    hash(plan.hashRounds);
  }
}
