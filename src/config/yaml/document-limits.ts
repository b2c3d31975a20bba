import { closeSync, openSync, readSync } from 'node:fs';

/** The largest file that is read, in bytes. A configuration of ten thousand entries has an eighth of that. */
export const LARGEST_FILE_BYTES = 8 * 1024 * 1024;

/** The most keys and values of a configuration, its aliases written out. */
export const MOST_VALUES = 500_000;

/** A file with aliases may always have so many, written out; a few aliases can stand for billions. */
const ALWAYS_VALUES = 50_000;
/** A larger file may grow so many times by its aliases. */
const MOST_GROWTH = 10;

/** The most keys and values of a file, aliases written out, that has so many as written. */
export function mostValues(written: number): number {
  return Math.min(MOST_VALUES, Math.max(ALWAYS_VALUES, MOST_GROWTH * written));
}

/** The deepest nesting of lists and mappings, aliases written out; the checks recurse. */
export const DEEPEST_NESTING = 100;

const CHUNK_BYTES = 64 * 1024;

/** The sentence about a file that `readBounded` does not read. */
export const TOO_LARGE = `is larger than ${LARGEST_FILE_BYTES / 1024 / 1024} MiB`;

/** Reads a file; undefined for one that is larger than `LARGEST_FILE_BYTES`, as `/dev/zero` is. @throws as `readSync` does */
export function readBounded(file: string): Buffer | undefined {
  const descriptor = openSync(file, 'r');
  try {
    const chunks: Buffer[] = [];
    for (let size = 0; size <= LARGEST_FILE_BYTES; ) {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      const count = readSync(descriptor, chunk);
      if (count === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, count));
      size += count;
    }
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}
