import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const RUN = fileURLToPath(new URL('../run.js', import.meta.url));

export interface SuiteRunOptions {
  /** A kind of test: `unit`, `integration`, `faults`. */
  readonly suite: string;
  /** Only files with one of these in their path; empty: all. */
  readonly parts: readonly string[];
  /** The Node.js that runs the tests and the daemon. Default: this one. */
  readonly node?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface SuiteOutcome {
  readonly ok: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
}

/** Runs one kind of test in its own process, with our stdout and stderr. */
export async function runSuite(options: SuiteRunOptions): Promise<SuiteOutcome> {
  const { suite, parts, node = process.execPath, env = {}, signal } = options;
  const started = performance.now();
  // Programs that tests start as `node` use the same one.
  const path = `${dirname(node)}:${process.env['PATH'] ?? ''}`;
  const child = spawn(node, [RUN, suite, parts.join(',')], {
    env: { ...process.env, PATH: path, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const interrupt = (): boolean => child.kill('SIGINT');
  signal.addEventListener('abort', interrupt);
  let last = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    process.stdout.write(text);
    last = (last + text).slice(-200);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  signal.removeEventListener('abort', interrupt);
  const [, passed, failed] = /(\d+) passed, (\d+) failed\s*$/.exec(last) ?? [];
  const seconds = (performance.now() - started) / 1000;
  return { ok: code === 0, passed: Number(passed ?? 0), failed: Number(failed ?? 0), seconds };
}
