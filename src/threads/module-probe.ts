import { Worker } from 'node:worker_threads';
import {
  describeUndone,
  fromErrorData,
  type OptionFault,
  type ProbeReport,
  type ProbeTask,
  type StartStep,
  whyUndone,
} from '../bridge/index.js';
import { messageOf } from '../errors/index.js';
import { pause } from '../timing/index.js';

const PROBE_FILE = new URL('../../workers/probe.js', import.meta.url);
/** For a thread that is not blocked. */
const ANSWER_MS = 2_000;

/** What a probe found. */
export interface ProbeResult {
  /** What is wrong with the module; absent: nothing. */
  readonly fault?: string;
  /** A function that the startup handler's module exports, and that is probably meant to be `shutdown`. */
  readonly misnamedShutdown?: string;
  /** Milliseconds since the module began to load; the start of the thread does not count. */
  readonly loadMs: number;
}

/**
 * Loads a user's module in a thread of its own, because it may hang or call `process.exit`; returns what is wrong with
 * it.
 * @param timeoutMs how long the module may take to load
 * @param onOption called with each option that the schema of the class refuses, and the index of its entry
 */
export async function probeModule(
  task: ProbeTask,
  timeoutMs: number,
  onOption: (fault: OptionFault, entry: number) => void = () => undefined,
): Promise<ProbeResult> {
  const subject = task.kind === 'json_schema' ? `schema "${task.file}"` : `module "${task.reference.module}"`;
  // The module's output is not a finding.
  const worker = new Worker(PROBE_FILE, { workerData: task, stdout: true, stderr: true });
  const awake = new AbortController();
  let step: StartStep | undefined;
  let misnamedShutdown: string | undefined;
  let startedAt = performance.now();
  const unsettled = (howLong: string, isAwake: boolean): string =>
    step === undefined
      ? `${subject} has not loaded ${howLong}`
      : `${describeUndone(step)} ${howLong}: ${whyUndone(step, isAwake)}`;
  let timer: NodeJS.Timeout | undefined;
  try {
    const fault = await new Promise<string | undefined>((resolve) => {
      const giveUp = async (): Promise<void> => {
        worker.postMessage('ask');
        await pause(ANSWER_MS, awake.signal);
        resolve(unsettled(`within ${timeoutMs} ms`, awake.signal.aborted));
      };
      timer = setTimeout(() => void giveUp(), timeoutMs);
      worker.on('message', (report: ProbeReport) => {
        if (report.type === 'began') {
          if (step === undefined) startedAt = performance.now();
          step = report.step;
        } else if (report.type === 'awake') awake.abort();
        else if (report.type === 'option') onOption(report.fault, report.entry);
        else if (report.type === 'misnamed_shutdown') misnamedShutdown = report.exportName;
        else if (report.type === 'unsettled') resolve(unsettled('and never will', true));
        else resolve(report.type === 'done' ? undefined : messageOf(fromErrorData(report.error)));
      });
      worker.on('error', (error) => resolve(`${subject} failed while it was loaded: ${messageOf(error)}`));
      worker.on('exit', (code) => {
        resolve(`${subject} ended its thread while it was loaded (process.exit, code ${code})`);
      });
    });
    const loadMs = performance.now() - startedAt;
    return {
      loadMs,
      ...(fault !== undefined && { fault }),
      ...(misnamedShutdown !== undefined && { misnamedShutdown }),
    };
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
