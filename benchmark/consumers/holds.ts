import type { Consumer } from '../../src/consumer-api/index.js';

/** Takes one message and never ends, so all others wait. */
export default class Holds implements Consumer {
  async consume(): Promise<void> {
    await new Promise<never>(() => undefined);
  }
}
