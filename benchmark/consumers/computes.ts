import type { Consumer } from '../../src/consumer-api/index.js';

const MS = 200;

/** Computes 200 ms for each message. */
export default class Computes implements Consumer {
  consume(): void {
    const end = performance.now() + MS;
    while (performance.now() < end);
  }
}
