import { type Dirent, readdirSync } from 'node:fs';
import { isAbsolute, join, parse, resolve } from 'node:path';

/** True for a path with `*`, `?` or `[…]` in it. */
export function isGlob(path: string): boolean {
  return /[*?[]/.test(path);
}

/**
 * Files that match a pattern, sorted by path: `*` and `?` within a name, `[abc]`, and `**` for folders at any depth. Names
 * that begin with a dot match only a pattern that does.
 */
export function filesMatching(pattern: string, baseDir: string): string[] {
  const { root } = parse(pattern);
  const steps = pattern
    .slice(root.length)
    .split(/[/\\]+/)
    .filter((step) => step !== '' && step !== '.');
  const found = new Set<string>();
  collect(isAbsolute(pattern) ? root : resolve(baseDir), steps, found);
  return [...found].toSorted();
}

function collect(folder: string, [step, ...rest]: readonly string[], found: Set<string>): void {
  if (step === undefined) return;
  if (step === '**') {
    collect(folder, rest, found);
    for (const entry of entriesOf(folder)) {
      if (entry.isDirectory() && !entry.name.startsWith('.')) collect(join(folder, entry.name), [step, ...rest], found);
    }
    return;
  }
  if (!isGlob(step) && rest.length > 0) return collect(join(folder, step), rest, found);
  const matches = matcherOf(step);
  for (const entry of entriesOf(folder)) {
    if (!matches(entry.name)) continue;
    const path = join(folder, entry.name);
    if (rest.length > 0) collect(path, rest, found);
    else if (!entry.isDirectory()) found.add(path);
  }
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // A folder that is missing or cannot be read holds no match, and the caller reports that nothing matched.
    return [];
  }
}

function matcherOf(step: string): (name: string) => boolean {
  const source = step.replace(/\[[!^]?[^\]]+\]|[\s\S]/g, (token) => {
    if (token === '*') return '.*';
    if (token === '?') return '.';
    if (token.length > 1) return token.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    return token.replace(/[.+^${}()|[\]\\]/, '\\$&');
  });
  const expression = expressionOf(`^${source}$`);
  if (expression === undefined) return () => false;
  return (name) => (name.startsWith('.') ? step.startsWith('.') : true) && expression.test(name);
}

/** Undefined for a range such as `[z-a]`, which matches nothing. */
function expressionOf(source: string): RegExp | undefined {
  try {
    return new RegExp(source, 'su');
  } catch {
    return undefined;
  }
}
