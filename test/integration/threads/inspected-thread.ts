import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { ThreadInspection } from '../../../src/threads/index.js';
import type { InspectedThread } from '../../../src/threads/inspection/thread-watch.js';
import { waitFor } from '../../support/wait.js';

const CODE = `
const { parentPort, workerData: { how, module, flag } } = require('node:worker_threads');
process.once('exit', () => Atomics.store(flag, 0, 1));
const { basename } = require('node:path');
const { readlinkSync } = require('node:fs');
const word = new Int32Array(new SharedArrayBuffer(4));
const text = JSON.stringify(Array.from({ length: 20_000 }, (_, index) => ({ index })));
function next(number) { return number + 1; }
function loops() { for (;;) {} }
function backtracks() { /^(a+)+$/.test('a'.repeat(60) + '!'); }
function parses() { for (let turn = 0; ; turn = next(turn)) JSON.parse(text); }
function waits() { Atomics.wait(word, 0, 0); }
function execs() { require('node:child_process').execSync('sleep 4'); }
function hashes() { require('node:crypto').pbkdf2Sync('a', 'b', 20_000_000, 64, 'sha512'); }
async function awaits() { for (;;) await new Promise((resolve) => setTimeout(resolve, 50)); }
function rests() {}
function dies() { setTimeout(() => process.exit(3), 300); }
function exits() { setTimeout(() => process.exit(3), 40 * Math.random()); }
function throws() { setTimeout(() => { throw 0; }, 40 * Math.random()); }
function ends() { setTimeout(() => clearInterval(alive), 40 * Math.random()); }
function computes() { for (const until = Date.now() + 20; Date.now() < until; ); setTimeout(computes, 5); }
function loads() { process.setSourceMapsEnabled(true); import(module).then(({ run }) => run()); }
const alive = setInterval(() => undefined, 1e6);
parentPort.postMessage(Number(basename(readlinkSync('/proc/thread-self'))));
const ways = { loops, backtracks, parses, waits, execs, hashes, awaits, rests, dies, exits, throws, ends, computes, loads };
setTimeout(() => ways[how](), 20);
`;

/** They come back to the event loop. */
const AWAKE = ['awaits', 'rests', 'dies', 'exits', 'throws', 'ends', 'computes'];

/** A thread that runs a function, and its inspection as thread 0. */
export interface InspectedWorker {
  readonly inspection: ThreadInspection;
  readonly worker: Worker;
}

/** Starts a thread that runs the function and never returns from it, or comes back to its event loop. */
export async function threadThat(t: TestContext, how: string, module?: string): Promise<InspectedWorker> {
  let thread: InspectedThread | undefined;
  const inspection = new ThreadInspection({ find: () => thread, sourceMaps: module !== undefined });
  await inspection.start();
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(CODE, { eval: true, workerData: { how, module, flag } });
  worker.on('error', () => undefined);
  t.after(async () => {
    await worker.terminate();
    inspection.stop();
  });
  const taskId = await new Promise<number>((resolve) => worker.once('message', resolve));
  thread = { worker, taskId, isEnding: () => Atomics.load(flag, 0) === 1 };
  if (!AWAKE.includes(how)) await blocked(worker);
  return { inspection, worker };
}

/** Two processes that compute until the test ends. */
export function busyProcessors(t: TestContext): void {
  for (let count = 0; count < 2; count++) {
    const child = execFile(process.execPath, ['--eval', 'for (;;);']);
    t.after(() => child.kill('SIGKILL'));
  }
}

export async function temporaryFolder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'inspection-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Its event loop is not idle any more. */
async function blocked(worker: Worker): Promise<void> {
  let idle = -1;
  await waitFor(
    () => {
      const before = idle;
      ({ idle } = worker.performance.eventLoopUtilization());
      return before === idle;
    },
    { what: 'the thread to block', everyMs: 100 },
  );
}
