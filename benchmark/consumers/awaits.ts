import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer } from '../../src/consumer-api/index.js';
import { Stopwatch } from '../probes/message-counter.js';
import { readWorkPlan } from '../workloads/work-plan.js';

const plan = readWorkPlan();
const stopwatch = new Stopwatch(plan);

/** Waits as for an answer from the network, and returns, which acks. */
export default class Awaits implements Consumer {
  async consume(): Promise<void> {
    stopwatch.lap();
    await sleep(plan.awaitMs);
  }
}
