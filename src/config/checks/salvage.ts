import { normalize } from '../normalization.js';
import type { Path, Problem, Rule } from '../problem.js';
import { fileSchema } from '../schema/schema.js';
import { UNKNOWN_KEY, valueAt } from '../schema/schema-problems.js';
import type { JoinedDocument } from '../source/joined-document.js';
import { findWarnings } from './warnings/warnings.js';

/** Stands for a name that the file gives wrong or not at all; a warning that contains it is dropped. */
const UNKNOWN_NAME = '\u0000unknown';
/** A part that cannot be absent, in place of an invalid one. */
const STAND_INS: Readonly<Record<string, unknown>> = {
  exchange: UNKNOWN_NAME,
  queue: UNKNOWN_NAME,
  consumer: './unknown.js:Unknown',
};
const ENTRIES: Readonly<Record<string, object>> = {
  exchanges: { exchange: UNKNOWN_NAME, passive: true },
  queues: { queue: UNKNOWN_NAME, passive: true },
  consumers: { consumer: './unknown.js:Unknown', queue: UNKNOWN_NAME },
};
/** They say that a name is missing, which an invalid part of the file may have. */
const ABSENCES: readonly (Rule | undefined)[] = ['undeclared-exchange', 'undeclared-queue', 'dead-letter'];

/**
 * Finds the warnings of an invalid document, so that they are reported together with its problems: invalid keys are left
 * out, invalid names and entries replaced. A warning that only follows from that is dropped.
 * @param problems as they are presented
 */
export function salvagedWarnings(document: JoinedDocument, problems: readonly Problem[]): Problem[] {
  // A document that contains itself has no end.
  if (problems.some(({ rule, message }) => rule === 'syntax' && !message.startsWith('is given twice'))) return [];
  const paths = invalidPaths(document.value);
  const value: unknown = structuredClone(document.value);
  for (const path of paths) repair(value, path);
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) return [];
  const { file, positions } = document;
  const warnings = findWarnings(normalize(parsed.data, document), { file, value, positions });
  const isPartial = problems.some(({ rule }) => rule === 'include') || paths.some(namesSomething);
  const known = warnings.filter(({ message, rule }) => {
    return !message.includes(UNKNOWN_NAME) && !(isPartial && ABSENCES.includes(rule));
  });
  return document.presentable(known).filter((warning) => !problems.some((problem) => follows(warning, problem)));
}

function invalidPaths(value: unknown): Path[] {
  const issues = fileSchema.safeParse(value).error?.issues ?? [];
  const paths = issues.flatMap((issue): Path[] => {
    const path = issue.path.filter((step) => typeof step !== 'symbol');
    return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path];
  });
  // A part is repaired after what it contains.
  return paths.toSorted((a, b) => b.length - a.length);
}

function repair(value: unknown, path: Path): void {
  const key = path.at(-1);
  const parent = valueAt(value, path.slice(0, -1));
  if (key === undefined || typeof parent !== 'object' || parent === null) return;
  if (Array.isArray(parent)) {
    // A list keeps its length, because warnings name indexes.
    const [section, , inner] = path;
    const standIn = path.length === 2 ? ENTRIES[String(section)] : inner === 'bindings' ? STAND_INS : undefined;
    if (standIn !== undefined) Reflect.set(parent, key, inner === 'bindings' ? { exchange: UNKNOWN_NAME } : standIn);
    return;
  }
  // A section that is missing or is no list.
  if (path.length === 1 && key === 'consumers') Reflect.set(parent, key, [ENTRIES['consumers']]);
  else if (path.length > 2 && String(key) in STAND_INS) Reflect.set(parent, key, STAND_INS[String(key)]);
  else Reflect.deleteProperty(parent, key);
}

/** An exchange or a queue whose name cannot be read, or bindings or a list of them. */
function namesSomething(path: Path): boolean {
  const [section, , key] = path;
  if (section === 'consumers') return false;
  if (section !== 'queues' && section !== 'exchanges') return false;
  return path.length < 3 || key === 'queue' || key === 'exchange' || key === 'bindings';
}

/** True for a warning about an invalid key, a part of it, what it is in, or a text that names it. */
function follows(warning: Problem, problem: Problem): boolean {
  const entry = /^(\w+\[\d+\])(?:\.(.+))?$/.exec(problem.path);
  // An unknown key has no effect, so nothing follows from it.
  if (warning.file !== problem.file || entry === null || problem.message.startsWith(UNKNOWN_KEY)) return false;
  const [, name = '', key] = entry;
  if (!warning.path.startsWith(`${name}.`) && warning.path !== name) return false;
  if (key === undefined) return false;
  if (warning.path !== name && `${problem.path}.`.startsWith(`${warning.path}.`)) return true;
  if (`${warning.path}.`.startsWith(`${problem.path}.`)) return true;
  // A name has been replaced, and its key is an everyday word.
  if (key in STAND_INS) return false;
  return new RegExp(`(?<![\\w-])${key.replaceAll(/\W/g, '\\$&')}(?![\\w-])`).test(warning.message);
}
