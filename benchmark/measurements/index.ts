import { latency } from './latency.js';
import { loopDelay } from './loop-delay.js';
import type { Measurement } from './measurement.js';
import { memory } from './memory.js';
import { scale } from './scale.js';
import { startUp } from './start-up.js';

/** Everything measured besides the workloads. Add one here. */
export const MEASUREMENTS: readonly Measurement[] = [latency, startUp, memory, scale, loopDelay];
