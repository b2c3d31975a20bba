import { type Condition, EVERYTHING, parseCondition, type Selection, type SnapshotEntry } from '../../../dead/index.js';
import { matcherOf } from '../../screen/text-page.js';

/** What is written behind `&`: conditions, and texts that a message must contain. */
export interface Filter {
  readonly written: string;
  readonly selection: Selection;
  readonly texts: readonly string[];
}

/** Examples for a prompt. */
export const FILTER_EXAMPLES = 'error-type=TypeError older=2h word';

/** Words, or words with blanks in quotes: `cause~"no route"`. */
const WORDS = /(?:[^\s"]|"[^"]*")+/g;

/** @throws Error when a condition is wrong */
export function parseFilter(written: string): Filter {
  const conditions: Condition[] = [];
  const texts: string[] = [];
  for (const [word] of written.matchAll(WORDS)) {
    const plain = word.replaceAll('"', '');
    if (/[=~]/.test(plain)) conditions.push(parseCondition(plain));
    else texts.push(plain);
  }
  return { written: written.trim(), selection: { ...EVERYTHING, conditions }, texts };
}

export function containsAll({ facts }: SnapshotEntry, texts: readonly string[]): boolean {
  const all = Object.values(facts).map(String);
  return texts.every((text) => all.some(matcherOf(text)));
}
