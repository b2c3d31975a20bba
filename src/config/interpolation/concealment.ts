import { describeValue, shorten } from '../problem.js';
import type { Insertion } from './interpolation.js';

/** A shorter text may stand in a message by chance. */
const SHORTEST_ANYWHERE = 4;

/** Replaces text that came from the environment or from a secret file by the reference that it came through. */
export class Concealment {
  readonly #insertions: readonly Insertion[];

  constructor(insertions: readonly Insertion[]) {
    const distinct = new Map(insertions.map((insertion) => [insertion.value, insertion]));
    distinct.delete('');
    // The longest first: one value may be a part of another.
    this.#insertions = [...distinct.values()].toSorted((a, b) => b.value.length - a.value.length);
  }

  /** The text without any value that came from outside. */
  apply(text: string): string {
    return this.#replace(text, (insertion) => [...quotedForms(insertion), ...bareForms(insertion)]);
  }

  /** Like `apply`, for text of ours that quotes values: our own words stay, whatever a variable contains. */
  applyToQuoted(text: string): string {
    return this.#replace(text, quotedForms);
  }

  #replace(text: string, formsOf: (insertion: Insertion) => readonly Form[]): string {
    // One pass over marks, so that a short value never matches inside a reference that stands there already.
    const marks: string[] = [];
    let marked = text;
    for (const insertion of this.#insertions) {
      for (const [found, shown] of formsOf(insertion)) {
        if (!marked.includes(found)) continue;
        const mark = `\u0000${String.fromCharCode(0xe000 + marks.length)}\u0000`;
        marks.push(shown);
        marked = replaceWhole(marked, found, mark);
      }
    }
    // oxlint-disable-next-line no-control-regex -- NUL cannot occur in YAML, nor in an environment variable
    return marked.replace(/\u0000(.)\u0000/gu, (_, mark: string) => marks[mark.charCodeAt(0) - 0xe000] ?? '');
  }
}

type Form = readonly [found: string, shown: string];

/** How a message may quote a value; `describeValue` cuts a long one. */
function quotedForms({ value, written }: Insertion): Form[] {
  const shown = JSON.stringify(written);
  return [
    [describeValue(value).replace(/^is /, ''), JSON.stringify(shorten(written))],
    [JSON.stringify(value), shown],
    [`"${value}"`, shown],
    [`'${value}'`, `'${written}'`],
  ];
}

function bareForms({ value, written }: Insertion): Form[] {
  if (Array.from(value).length < SHORTEST_ANYWHERE || value === 'true' || value === 'false') return [];
  return [value, JSON.stringify(value).slice(1, -1), value.replace(/\s+/g, ' ')].map((found) => [found, written]);
}

/** A number must not be found inside a longer one. */
function replaceWhole(text: string, found: string, replacement: string): string {
  if (!/^-?[\d.]+$/.test(found)) return text.replaceAll(found, () => replacement);
  return text.replace(new RegExp(`(?<![\\w.])${found.replaceAll('.', '\\.')}(?![\\w.])`, 'g'), () => replacement);
}
