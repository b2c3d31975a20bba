import type { Consumer, ConsumerContext } from '../../src/consumer-api/index.js';
import { MessageCounter } from '../probes/message-counter.js';
import { readWorkPlan } from '../workloads/work-plan.js';

const counter = new MessageCounter(readWorkPlan());

let deliveries = 0;

/** Computes for `busyMs` and returns, which acks. One message in `every` throws and is not counted. */
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
    counter.count();
  }
}
