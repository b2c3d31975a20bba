import type { Consumer } from '../../src/consumer-api/index.js';
import { Stopwatch } from '../probes/message-counter.js';
import { readWorkPlan } from '../workloads/work-plan.js';

const stopwatch = new Stopwatch(readWorkPlan());

/** Returns, which acks. */
export default class Returns implements Consumer {
  consume(): void {
    stopwatch.lap();
  }
}
