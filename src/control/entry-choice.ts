import { refused, unknownWord } from './socket/protocol.js';
import type { ControlledEntry } from './status.js';

/**
 * Finds the entry that a word names: by its name, its queue, or `QUEUE/NAME`.
 * @throws DispatcherError `CONTROL_REFUSED`
 */
export function chooseEntry(entries: readonly ControlledEntry[], word: string): number {
  const meant = entries.flatMap((source, index) => (wordsOf(source).includes(word) ? [index] : []));
  const [only, ...others] = meant;
  if (only !== undefined && others.length === 0) return only;
  if (only === undefined) throw refused(unknownWord('entry', word, [...new Set(entries.map(({ label }) => label))]));
  const full = entries.filter((_, index) => meant.includes(index)).map(fullName);
  throw refused(`"${word}" is ${full.length} entries: write ${full.join(' or ')}`);
}

function wordsOf(source: ControlledEntry): string[] {
  return [source.label, source.entry.queue, fullName(source)];
}

function fullName({ entry, label }: ControlledEntry): string {
  return `${entry.queue}/${label}`;
}
