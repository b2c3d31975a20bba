import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NOTHING_RAN, type Outcome, runJob, runOnLanes, sumOf, type TestJob } from './lanes.js';
import { TEST_BROKER } from './support/broker/broker-address.js';
import { startPrivateBroker } from './support/broker/private-broker.js';
import { TEST_LENGTH } from './support/test-length.js';

/**
 * `node dist/test/run.js [unit|integration|faults] [a,b,-c]`: runs the tests of one kind, or all, from files with
 * a or b, and not c, in their path. Faults run at full length when named, and in their short form as a part of all.
 * `TEST_LANES` is how many files of integration tests and faults run side by side, each with a broker of its own; default 2.
 */

type Kind = 'unit' | 'integration' | 'faults';

const FLAGS: Readonly<Record<Kind, readonly string[]>> = {
  unit: ['--test-concurrency=2', '--test-timeout=60000'],
  // One file at a time on each broker: some tests ask the node about all of its queues or connections.
  integration: ['--test-concurrency=1', '--test-timeout=480000'],
  faults: ['--test-concurrency=1', '--test-timeout=600000'],
};
const LANES = 'TEST_LANES';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());

const [wanted = 'all', filter = ''] = process.argv.slice(2);
const { ok, passed, failed } = await runKinds(kindsOf(wanted), filter);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = ok && !interrupted.signal.aborted ? 0 : 1;

function kindsOf(name: string): Kind[] {
  // The faults are the longest files: begun first, they leave no lane without work at the end.
  if (name === 'all') return ['unit', 'faults', 'integration'];
  if (name === 'unit' || name === 'integration' || name === 'faults') return [name];
  throw new Error(`"${name}" is no kind of test: say unit, integration, faults or all`);
}

async function runKinds(kinds: readonly Kind[], part: string): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  const jobs: TestJob[] = [];
  for (const kind of kinds) {
    const files = await filesOf(kind, part);
    if (files.length === 0) {
      console.error(`no ${kind} tests${part === '' ? '' : ` with "${part}" in their path`}`);
      outcomes.push(NOTHING_RAN);
    }
    console.log(`${kind} tests: ${files.length} files`);
    if (kind === 'unit')
      outcomes.push(await runJob({ files, flags: FLAGS.unit, env: {} }, { signal: interrupted.signal, isAlone: true }));
    else jobs.push(...files.map((file) => ({ files: [file], flags: FLAGS[kind], env: {} })));
  }
  if (jobs.length > 0 && !interrupted.signal.aborted) outcomes.push(await runBeside(jobs));
  return sumOf(outcomes);
}

async function filesOf(kind: Kind, part: string): Promise<string[]> {
  const folder = fileURLToPath(new URL(kind, import.meta.url));
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return names
    .filter((name) => name.endsWith('.test.js') && isWanted(name, part))
    .toSorted()
    .map((name) => relative(process.cwd(), join(folder, name)));
}

function isWanted(file: string, part: string): boolean {
  const words = part.split(',').filter((word) => word !== '');
  const [without, only] = [words.filter((word) => word.startsWith('-')), words.filter((word) => !word.startsWith('-'))];
  const isAsked = only.length === 0 || only.some((word) => file.includes(word));
  return isAsked && !without.some((word) => file.includes(word.slice(1)));
}

async function runBeside(jobs: readonly TestJob[]): Promise<Outcome> {
  const most = Number(process.env[LANES] ?? Math.min(2, availableParallelism()));
  const lanes = Math.min(most, jobs.length);
  const length = process.env[TEST_LENGTH] ?? (wanted === 'faults' ? 'full' : 'short');
  const started = performance.now();
  const brokers = await Promise.all(Array.from({ length: lanes }, () => startPrivateBroker()));
  console.log(`${lanes} private RabbitMQ nodes are up after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  try {
    const environments = brokers.map(({ address }) => ({
      [TEST_BROKER]: JSON.stringify(address),
      [TEST_LENGTH]: length,
    }));
    return await runOnLanes(jobs, environments, interrupted.signal);
  } finally {
    await Promise.all(brokers.map((broker) => broker.stop()));
  }
}
