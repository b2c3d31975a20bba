import type { Consumer } from '../../src/consumer-api/index.js';
import { Stopwatch } from '../probes/message-counter.js';
import { hash } from '../workloads/hashing.js';
import { readWorkPlan } from '../workloads/work-plan.js';

const plan = readWorkPlan();
const stopwatch = new Stopwatch(plan);

/** Computes a fixed amount, and returns, which acks. */
export default class Hashes implements Consumer {
  consume(): void {
    stopwatch.lap();
    hash(plan.hashRounds);
  }
}
