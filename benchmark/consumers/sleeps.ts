import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer } from '../../src/consumer-api/index.js';

const MS = 10;

/** Waits 10 ms without using the processor, as most consumers do. */
export default class Sleeps implements Consumer {
  async consume(): Promise<void> {
    await sleep(MS);
  }
}
