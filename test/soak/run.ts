import { writeFile } from 'node:fs/promises';
import { messageOf } from '../../src/errors/index.js';
import { newSeed } from '../support/ledger/fault-schedule.js';
import { readArguments, type SoakArguments, USAGE } from './arguments.js';
import { drawSoak } from './report/soak-drawing.js';
import { formatSoak } from './report/soak-table.js';
import { judgeSoak } from './report/soak-verdict.js';
import { runSoak } from './soak.js';

/** `npm run soak`: the real daemon under load and faults for any time. It may lose nothing and leak nothing. */

const MEMORY_TOLERANCE = 0.1;

async function main(args: readonly string[]): Promise<number> {
  const asked = read(args);
  if (asked === undefined) return 2;
  const ending = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => ending.abort());
  const { minutes, messagesPerSecond, svg, seed = newSeed() } = asked;
  console.log(`a soak of ${minutes} minutes; again by: npm run soak -- --minutes ${minutes} --seed ${seed}`);
  const { signal } = ending;
  const record = await runSoak({ minutes, seed, messagesPerSecond, signal, tell: (line) => console.log(line) });
  const verdict = judgeSoak(record, MEMORY_TOLERANCE);
  console.log(formatSoak(record, verdict));
  await writeFile(svg, drawSoak(record, verdict));
  console.log(`drawn in ${svg}`);
  if (signal.aborted) console.log(`interrupted: these are not ${minutes} minutes`);
  return verdict.problems.length === 0 && !signal.aborted ? 0 : 1;
}

function read(args: readonly string[]): SoakArguments | undefined {
  try {
    return readArguments(args);
  } catch (error) {
    console.error(`${messageOf(error)}\n${USAGE}`);
    return undefined;
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`the soak failed: ${messageOf(error)}`);
  process.exitCode = 1;
}
