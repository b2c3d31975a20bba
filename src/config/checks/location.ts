import { formatPath, type Path, type Problem } from '../problem.js';
import { valueAt } from '../schema/schema-problems.js';
import type { JoinedDocument } from '../source/joined-document.js';
import { whereSet } from './warnings/queue-warnings.js';

/** Places a message at an entry of the configuration such as `queues[0]`, or at one of its keys. */
export type ProblemsAt = (entry: string, message: string, key?: string) => readonly Problem[];

/**
 * Places messages in a document; an argument of a queue is found by the broker's name for it, such as `x-max-length`.
 * @param consumerIndexes for each consumer of the configuration, its index in the document
 */
export function problemsIn(document: JoinedDocument, consumerIndexes: readonly number[]): ProblemsAt {
  const { file, value, positions } = document;
  return (entry, message, key) => {
    const [section, index, ...rest] = parsePath(entry);
    const isConsumer = section === 'consumers' && typeof index === 'number';
    const inDocument = isConsumer ? [section, consumerIndexes[index] ?? index, ...rest] : parsePath(entry);
    const path = keyPath(value, inDocument, key);
    return document.presentable([{ file, ...positions.of(path), path: formatPath(path), message }]);
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
