import { normalize } from '../normalization.js';
import { type Path, type Problem } from '../problem.js';
import { fileSchema } from '../schema/schema.js';
import { valueAt } from '../schema/schema-problems.js';
import type { JoinedDocument } from '../source/joined-document.js';
import { findWarnings } from './warnings.js';

const SECTIONS = ['exchanges', 'queues', 'consumers'];

/**
 * Finds the warnings of the valid parts of an invalid document, so that they are reported together with its problems. A
 * warning about an entry that has a problem itself may be a consequence of it, and is left out; so are all of them where an
 * entry as a whole, or its name, is invalid.
 * @param problems as they are presented
 */
export function salvagedWarnings(document: JoinedDocument, problems: readonly Problem[]): Problem[] {
  // A document that contains itself, or has a key twice, is only one of several readings; without a file that it
  // includes it is only a part.
  if (problems.some(({ rule }) => rule === 'syntax' || rule === 'include')) return [];
  const issues = fileSchema.safeParse(document.value).error?.issues ?? [];
  const paths = issues.flatMap((issue): Path[] => {
    const path = issue.path.filter((step) => typeof step !== 'symbol');
    return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path];
  });
  if (paths.some((path) => !isRemovable(document.value, path))) return [];
  const value: unknown = structuredClone(document.value);
  for (const path of paths) remove(value, path);
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) return [];
  const { file, positions } = document;
  const warnings = findWarnings(normalize(parsed.data, document), { file, value, positions });
  const faulty = new Set(problems.map(entryOf));
  return document.presentable(warnings).filter((warning) => {
    const entry = entryOf(warning);
    return entry === undefined || !faulty.has(entry);
  });
}

/** The file and the entry of a presentable problem; undefined outside of the lists. */
function entryOf({ file, path }: Problem): string | undefined {
  const entry = /^\w+\[\d+\]/.exec(path)?.[0];
  return entry === undefined ? undefined : `${file}: ${entry}`;
}

/** A key that may be absent; without a name or a section the other warnings would be wrong. */
function isRemovable(value: unknown, path: Path): boolean {
  const [section, , key] = path;
  if (path.length === 0 || valueAt(value, path) === undefined) return false;
  if (typeof section !== 'string' || !SECTIONS.includes(section)) return true;
  return key !== undefined && !['bindings', 'queue', 'exchange', 'consumer'].includes(String(key));
}

function remove(value: unknown, path: Path): void {
  const key = path.at(-1);
  const parent = valueAt(value, path.slice(0, -1));
  if (key === undefined || typeof parent !== 'object' || parent === null) return;
  // A list keeps its length: an item that is invalid is left to the second check.
  if (!Array.isArray(parent)) Reflect.deleteProperty(parent, key);
}
