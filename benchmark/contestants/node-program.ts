import { fileURLToPath } from 'node:url';
import type { Contestant } from '../contestant.js';
import { MeasuredProcess } from '../measured-process.js';

/** Starts a program of this folder, by its name without the ending, with these arguments. */
export function nodeProgram(name: string, ...args: string[]): Contestant['start'] {
  const program = fileURLToPath(new URL(`${name}.js`, import.meta.url));
  return async ({ folder, env }) => new MeasuredProcess({ args: [program, ...args], folder, env });
}
