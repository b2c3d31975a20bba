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
  return names.flatMap((name, index) => {
    if (typeof name !== 'string') return [];
    const other = names.findIndex((each, at) =>
      each === undefined ? classOf(value, at) === name : at < index && each === name,
    );
    if (other === -1) return [];
    const path = ['consumers', index, 'name'];
    const what = names[other] === undefined ? 'the class' : 'the name';
    const place = positions.of(['consumers', other]);
    const where = `line ${place.line}${place.file === undefined ? '' : ` of ${place.file}`}`;
    const message = `is ${JSON.stringify(name)}, as is ${what} of the entry in ${where}`;
    return [{ file, ...positions.of(path), path: formatPath(path), message, expected: 'a name of its own' }];
  });
}

function classOf(value: unknown, index: number): string | undefined {
  const written = valueAt(value, ['consumers', index, 'consumer']);
  const reference = typeof written === 'string' ? parseModuleReference(written) : undefined;
  return reference === undefined ? undefined : displayName(reference);
}
