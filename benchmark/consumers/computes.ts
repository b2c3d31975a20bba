import type { Consumer } from '../../src/consumer-api/index.js';

const MS = 200;

/** Computes without a pause for as long as there are messages. */
export default class Computes implements Consumer {
  consume(): void {
    const end = performance.now() + MS;
    while (performance.now() < end);
  }
}
