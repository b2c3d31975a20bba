import { resolve } from 'node:path';
import { LISTEN_EXPECTED, type ListenAddress, nearestValue, parseListenAddress } from '../config/index.js';
import { parseDuration } from './duration-flag.js';

const MAX_THREADS = 1024;

/** @throws Error what to write instead, like the others here */
export function parseFileName(text: string): string {
  if (text === '-') {
    // Modules are resolved from the file's folder, and standard input has none.
    throw new Error(
      'standard input cannot be the configuration (write it to a file, and give that file: --config FILE)',
    );
  }
  if (text === '') throw new Error('names no file (write --config FILE, or leave it out for config.yml)');
  return text;
}

export function parseNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (!names.includes('')) return names;
  throw new Error(`${JSON.stringify(text)} has an empty name in it (write NAME, or NAME,NAME)`);
}

export function parseShutdownTimeout(text: string): number {
  const ms = parseDuration(text);
  if (ms > 0) return ms;
  throw new Error(
    `${JSON.stringify(text)} would end running consumers at once (write how long to wait for them, such as 30s; at most 596h)`,
  );
}

export function parseListen(text: string): ListenAddress {
  const address = parseListenAddress(text);
  if (address !== undefined) return address;
  throw new Error(`${JSON.stringify(text)} is not an address (expected ${LISTEN_EXPECTED})`);
}

export function parseSocketPath(text: string): string {
  if (text !== '') return resolve(text);
  throw new Error('names no socket (write the path of a UNIX socket, such as /run/shop/mails.sock)');
}

export function parseSummary(text: string): number {
  return text === '0' ? 0 : parseDuration(text);
}

export function parseThreadCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > MAX_THREADS) {
    throw new Error(
      `"${text}" is not a number of threads (expected 1 to ${MAX_THREADS}; default: threads: in the file, or one per processor)`,
    );
  }
  return count;
}

/** Reads one of several words; the error suggests the nearest. */
export function oneOf<Word extends string>(words: readonly Word[], what: string): (text: string) => Word {
  return (text) => {
    const word = words.find((each) => each === text);
    if (word !== undefined) return word;
    const nearest = nearestValue(text, words);
    const meant = nearest === undefined ? '' : `, did you mean "${nearest}"?`;
    throw new Error(`"${text}" is not ${what}${meant} (expected one of ${words.join(', ')})`);
  };
}
