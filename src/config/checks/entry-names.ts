import { formatPath, type Problem } from '../problem.js';
import { valueAt } from '../schema/schema-problems.js';
import { displayName, parseModuleReference } from '../values/module-reference.js';
import type { YamlDocument } from '../yaml/yaml-document.js';

/**
 * Finds a `name:` that does not tell its entry from the others: another entry has it, or is called by it because its class
 * is. Entries of one class without names share theirs on purpose.
 */
export function entryNameProblems({ file, value, positions }: YamlDocument): Problem[] {
  const entries = valueAt(value, ['consumers']);
  if (!Array.isArray(entries)) return [];
  const names = entries.map((_, index) => valueAt(value, ['consumers', index, 'name']));
  const named = firstIndexes(names);
  const classes = firstIndexes(names.map((name, index) => (name === undefined ? classOf(value, index) : undefined)));
  return names.flatMap((name, index) => {
    if (typeof name !== 'string') return [];
    const others = [named.get(name) ?? index, classes.get(name) ?? index].filter((each) => each !== index);
    if (others.length === 0) return [];
    const other = Math.min(...others);
    const path = ['consumers', index, 'name'];
    const what = names[other] === undefined ? 'the class' : 'the name';
    const place = positions.of(['consumers', other]);
    const where = `line ${place.line}${place.file === undefined ? '' : ` of ${place.file}`}`;
    const message = `is ${JSON.stringify(name)}, as is ${what} of the entry in ${where}`;
    return [{ file, ...positions.of(path), path: formatPath(path), message, expected: 'a name of its own' }];
  });
}

function firstIndexes(names: readonly unknown[]): Map<unknown, number> {
  const first = new Map<unknown, number>();
  for (const [index, name] of names.entries()) if (!first.has(name)) first.set(name, index);
  return first;
}

function classOf(value: unknown, index: number): string | undefined {
  const written = valueAt(value, ['consumers', index, 'consumer']);
  const reference = typeof written === 'string' ? parseModuleReference(written) : undefined;
  return reference === undefined ? undefined : displayName(reference);
}
