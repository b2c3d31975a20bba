import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MeasuredProcess } from '../processes/measured-process.js';
import type { Work } from '../workloads/work-plan.js';
import type { BenchmarkMessage, Contestant } from './contestant.js';

// Not compiled, so not in dist.
const PROGRAM = fileURLToPath(new URL('../../../benchmark/programs/celery_worker.py', import.meta.url));
const PYTHONS = ['python3', '/usr/bin/python3'];

const run = promisify(execFile);

/** Celery's prefork pool, with a process for each thread of the workload. */
export const celery: Contestant = {
  id: 'celery',
  name: 'Celery, prefork',
  makeMessage,
  missing: async () => {
    const linux = await access('/proc/self/stat').then(
      () => true,
      () => false,
    );
    if (!linux) return 'its processes cannot be timed without /proc';
    return (await findPython()) === undefined ? 'no python3 here imports celery' : undefined;
  },
  start: async ({ workload, folder, env }) => {
    const program = await findPython();
    if (program === undefined) throw new Error('no python3 here imports celery');
    const args = [PROGRAM, String(workload.threads)];
    return new MeasuredProcess({ program, args, folder, env: { ...env, PYTHONDONTWRITEBYTECODE: '1' } });
  },
};

async function findPython(): Promise<string | undefined> {
  for (const python of PYTHONS) {
    const imports = run(python, ['-c', 'import celery']).then(
      () => true,
      () => false,
    );
    if (await imports) return python;
  }
  return undefined;
}

/** Version 2 of Celery's message protocol (https://docs.celeryq.dev/en/latest/internals/protocol.html). */
function makeMessage(bodyBytes: number, work: Work): BenchmarkMessage {
  const embedded = { callbacks: null, errbacks: null, chain: null, chord: null };
  const payload = (text: string): string => JSON.stringify([[text], {}, embedded]);
  const filler = 'x'.repeat(Math.max(0, bodyBytes - payload('').length));
  const id = randomUUID();
  return {
    body: Buffer.from(payload(filler)),
    options: {
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      correlationId: id,
      headers: { lang: 'py', task: work, id, root_id: id, parent_id: null, group: null },
    },
  };
}
