import type { Consumer, ConsumerContext } from '../../src/consumer-api/index.js';
import { Stopwatch } from '../probes/message-counter.js';
import { readWorkPlan } from '../workloads/work-plan.js';

const stopwatch = new Stopwatch(readWorkPlan());

let deliveries = 0;

/** Works for `busyMs` of its options and returns, which acks; one in `every` throws, and is not counted as handled. */
export default class Fails implements Consumer {
  private readonly every: number;
  private readonly busyMs: number;

  constructor({ options }: ConsumerContext) {
    this.every = Number(options['every']);
    this.busyMs = Number(options['busyMs']);
  }

  consume(): void {
    for (const until = performance.now() + this.busyMs; performance.now() < until; );
    deliveries++;
    if (deliveries % this.every === 0) throw new Error('one of many');
    stopwatch.lap();
  }
}
