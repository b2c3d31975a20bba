/**
 * The word that a misspelt one was probably meant to be, or undefined when nothing is near.
 * Case, dashes and underscores don't count: `prefetchCount` and `prefetch-count` are `prefetch_count`.
 */
export function nearestWord(misspelt: string, words: readonly string[]): string | undefined {
  // Nobody misspells so long a word, and the distance costs the product of both lengths.
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

/** Levenshtein's distance, one row at a time. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const substituted = (row[j] ?? 0) + (from[i] === to[j] ? 0 : 1);
      next.push(Math.min(substituted, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
