import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TEST_BROKER } from './support/broker/broker-address.js';
import { startPrivateBroker } from './support/broker/private-broker.js';
import { parseRecord } from './support/json-record.js';
import { TEST_LENGTH } from './support/test-length.js';

/**
 * `node dist/test/run.js [unit|integration|faults] [a,b,-c]`: runs the tests of one kind, or all, from files with
 * a or b, and not c, in their path. Faults run at full length when named, and in their short form as a part of all.
 */

type Kind = 'unit' | 'integration' | 'faults';

interface Outcome {
  readonly ok: boolean;
  readonly passed: number;
  readonly failed: number;
}

const FLAGS: Readonly<Record<Kind, readonly string[]>> = {
  unit: ['--test-concurrency=2', '--test-timeout=60000'],
  // One file at a time, because integration tests share the broker and measure times.
  integration: ['--test-concurrency=1', '--test-timeout=240000'],
  faults: ['--test-concurrency=1', '--test-timeout=600000'],
};
const TALLY = fileURLToPath(new URL('support/tally-reporter.js', import.meta.url));

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());

const [wanted = 'all', filter = ''] = process.argv.slice(2);
const kinds = kindsOf(wanted);
const outcomes: Outcome[] = [];
for (const kind of kinds) {
  if (!interrupted.signal.aborted) outcomes.push(await runKind(kind, filter));
}

const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
console.log(`${passed} passed, ${failed} failed`);
const ok = !interrupted.signal.aborted && passed > 0 && outcomes.every((outcome) => outcome.ok);
process.exitCode = ok ? 0 : 1;

function kindsOf(name: string): Kind[] {
  if (name === 'all') return ['unit', 'integration', 'faults'];
  if (name === 'unit' || name === 'integration' || name === 'faults') return [name];
  throw new Error(`"${name}" is no kind of test: say unit, integration, faults or all`);
}

async function runKind(kind: Kind, part: string): Promise<Outcome> {
  const folder = fileURLToPath(new URL(kind, import.meta.url));
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const files = names
    .filter((name) => name.endsWith('.test.js') && isWanted(name, part))
    .toSorted()
    .map((name) => join(folder, name));
  if (files.length === 0) {
    console.error(`no ${kind} tests${part === '' ? '' : ` with "${part}" in their path`} under ${folder}`);
    return { ok: false, passed: 0, failed: 0 };
  }
  console.log(`${kind} tests: ${files.length} files`);
  if (kind === 'unit') return runFiles(kind, files, {});
  const length = wanted === 'faults' ? 'full' : 'short';
  return withBroker((env) => runFiles(kind, files, { ...env, [TEST_LENGTH]: process.env[TEST_LENGTH] ?? length }));
}

function isWanted(file: string, part: string): boolean {
  const words = part.split(',').filter((word) => word !== '');
  const [without, only] = [words.filter((word) => word.startsWith('-')), words.filter((word) => !word.startsWith('-'))];
  const isAsked = only.length === 0 || only.some((word) => file.includes(word));
  return isAsked && !without.some((word) => file.includes(word.slice(1)));
}

async function withBroker(use: (env: Record<string, string>) => Promise<Outcome>): Promise<Outcome> {
  const started = performance.now();
  const broker = await startPrivateBroker();
  console.log(`a private RabbitMQ is up after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  try {
    return await use({ [TEST_BROKER]: JSON.stringify(broker.address) });
  } finally {
    await broker.stop();
  }
}

async function runFiles(kind: Kind, files: readonly string[], env: Record<string, string>): Promise<Outcome> {
  if (interrupted.signal.aborted) return { ok: false, passed: 0, failed: 0 };
  const folder = await mkdtemp(join(tmpdir(), 'test-run-'));
  const tallyFile = join(folder, 'tally.json');
  const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout'];
  const counting = [`--test-reporter=${TALLY}`, `--test-reporter-destination=${tallyFile}`];
  try {
    // Killed daemons leave their control sockets here.
    const own = { ...env, XDG_RUNTIME_DIR: folder };
    const code = await runNode(['--test', ...FLAGS[kind], ...reporters, ...counting, ...files], own);
    const tally = parseRecord(await readFile(tallyFile, 'utf8').catch(() => ''));
    const failures = Number(tally?.['failed'] ?? 0);
    return { ok: code === 0 && failures === 0, passed: Number(tally?.['passed'] ?? 0), failed: failures };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runNode(args: readonly string[], env: Record<string, string>): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...env } });
    const interrupt = (): boolean => child.kill('SIGINT');
    interrupted.signal.addEventListener('abort', interrupt);
    child.on('error', reject);
    child.on('close', (code) => {
      interrupted.signal.removeEventListener('abort', interrupt);
      resolve(code);
    });
  });
}
