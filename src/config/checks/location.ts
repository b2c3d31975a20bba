import { formatPath, type Path, type Problem } from '../problem.js';
import { valueAt } from '../schema/schema-problems.js';
import type { YamlDocument } from '../yaml/yaml-document.js';
import { whereSet } from './queue-warnings.js';

/** Finds the place of an entry such as `queues[0]`, or of one of its keys. */
export type Locate = (entry: string, key?: string) => Pick<Problem, 'file' | 'path' | 'line' | 'column'>;

/** Locates the entries of a document; an argument of a queue is found by the broker's name for it, such as `x-max-length`. */
export function locateIn({ file, value, positions }: YamlDocument): Locate {
  return (entry, key) => {
    const path = keyPath(value, parsePath(entry), key);
    return { file, ...positions.of(path), path: formatPath(path) };
  };
}

/** The path of the key where the file sets it, else that of the entry. */
function keyPath(value: unknown, entry: Path, key: string | undefined): Path {
  if (key === undefined) return entry;
  const candidates = [[...entry, key], whereSet(key, entry, value)];
  return candidates.find((path) => (valueAt(value, path) ?? null) !== null) ?? entry;
}

/** Reads `queues[0].bindings[1]`; the names of keys hold no dots there. */
function parsePath(text: string): Path {
  return [...text.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, key]) => key ?? Number(index));
}
