import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer } from '../../src/consumer-api/index.js';

const MS = 10;

/** Waits for something, as most consumers do, and uses no processor for it. */
export default class Sleeps implements Consumer {
  async consume(): Promise<void> {
    await sleep(MS);
  }
}
