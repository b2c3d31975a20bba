import type { UserModule } from '../../config/index.js';
import { type OptionFault, type ProbeResult, type ProbeTask, probeModule } from '../../threads/index.js';
import { type Finding, findingOf } from './report.js';

const PROBE_TIMEOUT_MS = 10_000;

/** More threads at once would only slow each other down. */
const MOST_THREADS = 16;

/** How long a module may load before it is warned of; every thread loads it again, and so does every restart. */
export const SLOW_MODULE_MS = 5_000;

/** Entries that one thread checks: it loads their module once. */
interface ModuleGroup {
  task: ProbeTask;
  readonly modules: UserModule[];
}

/** Loads every module that the file names, each in a thread of its own, at most 16 at once. */
export async function moduleFindings(modules: readonly UserModule[], slowMs: number): Promise<Finding[]> {
  const findings = new Map<UserModule, Finding[]>();
  const next = groupsOf(modules).values();
  const check = async (): Promise<void> => {
    for (const group of next) await checkGroup(group, slowMs, findings);
  };
  await Promise.all(Array.from({ length: MOST_THREADS }, check));
  return modules.flatMap((module) => findings.get(module) ?? []);
}

function groupsOf(modules: readonly UserModule[]): readonly ModuleGroup[] {
  const groups = new Map<unknown, ModuleGroup>();
  for (const module of modules) {
    const { task } = module;
    const key = keyOf(task);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { task, modules: [module] });
    else {
      group.task = merged(group.task, task);
      group.modules.push(module);
    }
  }
  return [...groups.values()];
}

/** Equal for tasks that one thread can do; a middleware is created for each entry, so each has its own. */
function keyOf(task: ProbeTask): unknown {
  if (task.kind === 'consumer') return JSON.stringify([task.kind, task.baseDir, task.reference]);
  return task.kind === 'json_schema' ? JSON.stringify([task.kind, task.file]) : task;
}

function merged(first: ProbeTask, second: ProbeTask): ProbeTask {
  if (first.kind !== 'consumer' || second.kind !== 'consumer') return first;
  return { ...first, entries: [...(first.entries ?? []), ...(second.entries ?? [])] };
}

async function checkGroup(
  { task, modules }: ModuleGroup,
  slowMs: number,
  findings: Map<UserModule, Finding[]>,
): Promise<void> {
  const faults: OptionFault[][] = modules.map(() => []);
  const result = await probeModule(task, PROBE_TIMEOUT_MS, (fault, entry) => faults[entry]?.push(fault));
  for (const [index, module] of modules.entries()) {
    findings.set(module, findingsOf(module, { ...result, faults: faults[index] ?? [], slowMs }));
  }
}

interface Found extends ProbeResult {
  readonly faults: readonly OptionFault[];
  readonly slowMs: number;
}

function findingsOf({ problems }: UserModule, { faults, fault, loadMs, misnamedShutdown, slowMs }: Found): Finding[] {
  const findings = faults.flatMap(({ path, message }) =>
    problems(message, path).map((problem) => findingOf(problem, 'problem', 'options')),
  );
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
