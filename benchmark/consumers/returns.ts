import type { Consumer } from '../../src/consumer-api/index.js';
import { Stopwatch } from '../stopwatch.js';
import { readWorkPlan } from '../work-plan.js';

const stopwatch = new Stopwatch(readWorkPlan());

/** Returns, which acks. */
export default class Returns implements Consumer {
  consume(): void {
    stopwatch.lap();
  }
}
