import type { UserModule } from '../../config/index.js';
import { probeModule } from '../../threads/index.js';
import { type Finding, findingOf } from './report.js';

const PROBE_TIMEOUT_MS = 10_000;

/** More threads at once would only slow each other down. */
const MOST_THREADS = 16;

/** How long a module may load before it is warned of; every thread loads it again, and so does every restart. */
export const SLOW_MODULE_MS = 5_000;

/** Loads every module that the file names, each in a thread of its own, at most 16 at once. */
export async function moduleFindings(modules: readonly UserModule[], slowMs: number): Promise<Finding[]> {
  const findings = new Map<UserModule, Finding[]>();
  const next = modules.values();
  const check = async (): Promise<void> => {
    for (const module of next) findings.set(module, await findingsOf(module, slowMs));
  };
  await Promise.all(Array.from({ length: MOST_THREADS }, check));
  return modules.flatMap((module) => findings.get(module) ?? []);
}

async function findingsOf({ problems, task }: UserModule, slowMs: number): Promise<Finding[]> {
  const findings: Finding[] = [];
  const { fault, loadMs, misnamedShutdown } = await probeModule(task, PROBE_TIMEOUT_MS, ({ path, message }) => {
    findings.push(...problems(message, path).map((problem) => findingOf(problem, 'problem', 'options')));
  });
  // A syntax error in a user's module may span lines; a finding is one line.
  if (fault !== undefined) {
    const found = problems(fault.replace(/\s+/g, ' '));
    return [...findings, ...found.map((problem) => findingOf(problem, 'problem', 'module'))];
  }
  if (misnamedShutdown !== undefined) {
    const message = `the module exports "${misnamedShutdown}", which is never called, did you mean "shutdown"?`;
    findings.push(...problems(message).map((problem) => findingOf(problem, 'warning', 'misnamed-shutdown')));
  }
  if (loadMs <= slowMs) return findings;
  const seconds = (loadMs / 1000).toFixed(1);
  const message = `took ${seconds} s to load, more than ${slowMs / 1000} s: each thread loads it before its first message`;
  return [...findings, ...problems(message).map((problem) => findingOf(problem, 'warning', 'slow-module'))];
}
