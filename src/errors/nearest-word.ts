/**
 * Guesses the word behind a misspelt one; undefined when none is close. Ignores case, dashes and underscores:
 * `prefetchCount` and `prefetch-count` match `prefetch_count`.
 */
export function nearestWord(misspelt: string, words: readonly string[]): string | undefined {
  // Nobody misspells a word this long, and the distance costs the product of both lengths.
  if (misspelt.length > 64) return undefined;
  const wanted = squash(misspelt);
  let nearest: string | undefined;
  let shortest = Number.POSITIVE_INFINITY;
  for (const word of words) {
    const candidate = squash(word);
    const distance = editDistance(wanted, candidate);
    const tolerated = Math.max(1, Math.floor(Math.max(wanted.length, candidate.length) / 3));
    if (distance <= tolerated && distance < shortest) {
      nearest = word;
      shortest = distance;
    }
  }
  return nearest;
}

function squash(word: string): string {
  return word.toLowerCase().replaceAll(/[-_\s]/g, '');
}

/** Levenshtein distance; two swapped neighbours count as one edit. */
function editDistance(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const substituted = at(row, j) + (from[i] === to[j] ? 0 : 1);
      const swapped = i > 0 && j > 0 && from[i] === to[j - 1] && from[i - 1] === to[j];
      next.push(
        Math.min(substituted, at(row, j + 1) + 1, at(next, j) + 1, swapped ? at(before, j - 1) + 1 : substituted),
      );
    }
    before = row;
    row = next;
  }
  return at(row, to.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? 0;
}
