import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseRecord } from './support/json-record.js';

const TALLY = fileURLToPath(new URL('support/tally-reporter.js', import.meta.url));

/** The counts that the reporter `spec` adds to each run. */
const COUNTS = /^ℹ (?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) .*\n/gm;

/** What one process of `node --test` runs. */
export interface TestJob {
  readonly files: readonly string[];
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Outcome {
  readonly ok: boolean;
  readonly passed: number;
  readonly failed: number;
}

export const NOTHING_RAN: Outcome = { ok: false, passed: 0, failed: 0 };

/** The sum of several outcomes; not ok if one is not, or none passed. */
export function sumOf(outcomes: readonly Outcome[]): Outcome {
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
  return { ok: passed > 0 && outcomes.every(({ ok }) => ok), passed, failed };
}

/**
 * Runs jobs in their order, one at a time on each lane. One lane shows output as it comes, several when a job ends.
 * @param lanes the environment of each lane, such as its broker
 */
export async function runOnLanes(
  jobs: readonly TestJob[],
  lanes: readonly Readonly<Record<string, string>>[],
  signal: AbortSignal,
): Promise<Outcome> {
  const waiting = [...jobs];
  const outcomes: Outcome[] = [];
  const failing: string[] = [];
  const isAlone = lanes.length === 1;
  const drive = async (lane: Readonly<Record<string, string>>): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined && !signal.aborted; job = waiting.shift()) {
      const started = performance.now();
      const outcome = await runJob({ ...job, env: { ...lane, ...job.env } }, { signal, isAlone });
      const seconds = ((performance.now() - started) / 1_000).toFixed(0);
      console.log(`${job.files.join(' ')}: ${outcome.passed} passed, ${outcome.failed} failed, ${seconds} s\n`);
      outcomes.push(outcome);
      if (!outcome.ok) failing.push(...job.files);
    }
  };
  await Promise.all(lanes.map(drive));
  for (const file of failing) console.log(`failed: ${file}`);
  return signal.aborted ? NOTHING_RAN : sumOf(outcomes);
}

export interface JobOptions {
  readonly signal: AbortSignal;
  /** False: others print, too, so the job's output is printed when it ends. */
  readonly isAlone: boolean;
}

export async function runJob({ files, flags, env }: TestJob, options: JobOptions): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'test-run-'));
  const tallyFile = join(folder, 'tally.json');
  const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout'];
  const counting = [`--test-reporter=${TALLY}`, `--test-reporter-destination=${tallyFile}`];
  try {
    // Killed daemons leave their control sockets here.
    const own = { ...env, XDG_RUNTIME_DIR: folder };
    const code = await runNode(['--test', ...flags, ...reporters, ...counting, ...files], own, options);
    const tally = parseRecord(await readFile(tallyFile, 'utf8').catch(() => ''));
    const failed = Number(tally?.['failed'] ?? 0);
    return { ok: code === 0 && failed === 0, passed: Number(tally?.['passed'] ?? 0), failed };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runNode(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { signal, isAlone }: JobOptions,
): Promise<number | null> {
  const output: Buffer[] = [];
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      stdio: isAlone ? 'inherit' : ['inherit', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => output.push(chunk));
    const interrupt = (): boolean => child.kill('SIGINT');
    signal.addEventListener('abort', interrupt);
    child.on('error', reject);
    child.on('close', (ended) => {
      signal.removeEventListener('abort', interrupt);
      resolve(ended);
    });
  });
  process.stdout.write(Buffer.concat(output).toString().replaceAll(COUNTS, ''));
  return code;
}
