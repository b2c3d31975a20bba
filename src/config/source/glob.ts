import { type Dirent, readdirSync } from 'node:fs';
import { isAbsolute, join, parse, resolve } from 'node:path';
import { wildcard } from './wildcard.js';

/** The most files and folders that one glob looks at; `/**` would look at the whole disk. */
export const MOST_ENTRIES = 20_000;

/** True for a path with `*`, `?` or `[…]` in it. */
export function isGlob(path: string): boolean {
  return /[*?[]/.test(path);
}

/**
 * Files that match a pattern, sorted by path: `*` and `?` within a name, `[abc]`, and `**` for folders at any depth. Names
 * that begin with a dot match only a pattern that does. Undefined: there are more than `MOST_ENTRIES` to look at.
 */
export function filesMatching(pattern: string, baseDir: string): string[] | undefined {
  const { root } = parse(pattern);
  const steps = pattern
    .slice(root.length)
    .split(/[/\\]+/)
    .filter((step, index, all) => step !== '' && step !== '.' && !(step === '**' && all[index - 1] === '**'));
  const search = new Search(steps);
  search.collect(isAbsolute(pattern) ? root : resolve(baseDir), 0);
  return search.isExhausted ? undefined : [...search.found].toSorted();
}

class Search {
  readonly found = new Set<string>();
  readonly #steps: readonly string[];
  readonly #matchers: readonly ((name: string) => boolean)[];
  /** Two `**` reach a folder in many ways. */
  readonly #visited = new Set<string>();
  readonly #folders = new Map<string, readonly Dirent[]>();
  #entries = 0;

  constructor(steps: readonly string[]) {
    this.#steps = steps;
    this.#matchers = steps.map(wildcard);
  }

  get isExhausted(): boolean {
    return this.#entries > MOST_ENTRIES;
  }

  collect(folder: string, index: number): void {
    const step = this.#steps[index];
    const visit = `${index} ${folder}`;
    if (step === undefined || this.isExhausted || this.#visited.has(visit)) return;
    this.#visited.add(visit);
    if (step === '**') {
      this.collect(folder, index + 1);
      for (const entry of this.#entriesOf(folder)) {
        if (entry.isDirectory() && !entry.name.startsWith('.')) this.collect(join(folder, entry.name), index);
      }
      return;
    }
    const isLast = index === this.#steps.length - 1;
    if (!isGlob(step) && !isLast) return this.collect(join(folder, step), index + 1);
    for (const entry of this.#entriesOf(folder)) {
      if (this.#matchers[index]?.(entry.name) !== true) continue;
      const path = join(folder, entry.name);
      if (!isLast) this.collect(path, index + 1);
      else if (!entry.isDirectory()) this.found.add(path);
    }
  }

  #entriesOf(folder: string): readonly Dirent[] {
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    const entries = read(folder);
    this.#folders.set(folder, entries);
    this.#entries += entries.length;
    return entries;
  }
}

function read(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // A folder that is missing or cannot be read holds no match, and the caller reports that nothing matched.
    return [];
  }
}
