import type { Consumer } from '../../src/consumer-api/index.js';
import { Stopwatch } from '../stopwatch.js';
import { readWorkPlan } from '../work-plan.js';

const stopwatch = new Stopwatch(readWorkPlan());

/** One in so many fails. */
const EVERY = 100;
let deliveries = 0;

/** Returns, which acks; one in a hundred throws, and is not counted as a message that was handled. */
export default class Fails implements Consumer {
  consume(): void {
    deliveries++;
    if (deliveries % EVERY === 0) throw new Error('one in a hundred');
    stopwatch.lap();
  }
}
