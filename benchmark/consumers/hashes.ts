import type { Consumer } from '../../src/consumer-api/index.js';
import { hash } from '../hashing.js';
import { Stopwatch } from '../stopwatch.js';
import { readWorkPlan } from '../work-plan.js';

const plan = readWorkPlan();
const stopwatch = new Stopwatch(plan);

/** Computes a fixed amount, and returns, which acks. */
export default class Hashes implements Consumer {
  consume(): void {
    stopwatch.lap();
    hash(plan.hashRounds);
  }
}
