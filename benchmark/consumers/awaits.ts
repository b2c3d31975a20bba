import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer } from '../../src/consumer-api/index.js';
import { MessageCounter } from '../probes/message-counter.js';
import { readWorkPlan } from '../workloads/work-plan.js';

const plan = readWorkPlan();
const counter = new MessageCounter(plan);

/** Waits as for the network, then returns, which acks. */
export default class Awaits implements Consumer {
  async consume(): Promise<void> {
    counter.count();
    await sleep(plan.awaitMs);
  }
}
