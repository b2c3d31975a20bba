import type { Consumer } from '../../src/consumer-api/index.js';
import { Stopwatch } from '../stopwatch.js';

/** Returns, which acks. */
export default class Returns implements Consumer {
  readonly #stopwatch = Stopwatch.fromEnvironment();

  consume(): void {
    this.#stopwatch.lap();
  }
}
