import { fileURLToPath } from 'node:url';
import type { Contestant } from '../contestant.js';
import { MeasuredProcess } from '../measured-process.js';

/** Starts a program of this folder, by its name without the ending. */
export function nodeProgram(name: string): Contestant['start'] {
  const program = fileURLToPath(new URL(`${name}.js`, import.meta.url));
  return async ({ folder, env }) => new MeasuredProcess({ args: [program], folder, env });
}
