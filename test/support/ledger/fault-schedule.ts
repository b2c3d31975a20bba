import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '../seeded-random.js';

/** Environment variable: the seed of the moments at which faults strike, to repeat a run. */
export const TEST_SEED = 'TEST_SEED';

/** The moments at which faults strike: random, and repeatable by the printed seed. */
export class FaultSchedule {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  /** Uses and prints the seed of the environment, or a new one. */
  static of(t: TestContext, env: NodeJS.ProcessEnv = process.env): FaultSchedule {
    return new FaultSchedule(seedOf(t, env));
  }

  /** A random integer, both ends included. */
  between(lowest: number, highest: number): number {
    return lowest + this.#random.below(highest - lowest + 1);
  }

  /** Resolves at a random moment within so many milliseconds: the only wait without a condition. */
  async moment(withinMs: number): Promise<void> {
    await sleep(this.between(0, withinMs));
  }
}

/** Returns and prints the seed of the environment, or a new one. */
export function seedOf(t: TestContext, env: NodeJS.ProcessEnv = process.env): number {
  const given = env[TEST_SEED];
  const seed = given === undefined || given === '' ? newSeed() : Number(given);
  if (!Number.isInteger(seed)) throw new Error(`${TEST_SEED} is no whole number: "${given}"`);
  t.diagnostic(`faults strike by ${TEST_SEED}=${seed}`);
  return seed;
}

export function newSeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}
