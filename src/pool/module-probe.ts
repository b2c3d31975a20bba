import { Worker } from 'node:worker_threads';
import { messageOf } from '../errors/index.js';
import type { ErrorData, ProbeTask } from '../protocol/index.js';

const PROBE_FILE = new URL('../../workers/probe.js', import.meta.url);

/**
 * Loads a user's module in a thread of its own and tells what is wrong with it, or nothing. The module may throw, hang,
 * loop or call `process.exit`: it ends its own thread alone.
 * @param timeoutMs how long the module may take to load
 */
export async function probeModule(task: ProbeTask, timeoutMs: number): Promise<string | undefined> {
  // What the module prints is not a finding.
  const worker = new Worker(PROBE_FILE, { workerData: task, stdout: true, stderr: true });
  const subject = task.kind === 'json_schema' ? `schema "${task.file}"` : `module "${task.reference.module}"`;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve) => {
      timer = setTimeout(() => resolve(`${subject} did not load within ${timeoutMs} ms`), timeoutMs);
      worker.on('message', (verdict: { ok: true } | { ok: false; error: ErrorData }) => {
        resolve(verdict.ok ? undefined : verdict.error.message);
      });
      worker.on('error', (error) => resolve(`${subject} failed while it was loaded: ${messageOf(error)}`));
      worker.on('exit', (code) => {
        resolve(`${subject} ended its thread while it was loaded (process.exit, code ${code})`);
      });
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
