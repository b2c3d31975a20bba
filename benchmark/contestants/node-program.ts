import { fileURLToPath } from 'node:url';
import { MeasuredProcess } from '../processes/measured-process.js';
import type { Contestant } from './contestant.js';

/** Starts a file of programs/ (named without its ending) with these arguments. */
export function nodeProgram(name: string, ...args: string[]): Contestant['start'] {
  const program = fileURLToPath(new URL(`../programs/${name}.js`, import.meta.url));
  return async ({ folder, env }) => new MeasuredProcess({ args: [program, ...args], folder, env });
}
