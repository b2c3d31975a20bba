import { isUtf8 } from 'node:buffer';
import { readBounded, TOO_LARGE } from '../yaml/document-limits.js';

/** The text of a secret, or why there is none; the reason never quotes the content. */
export type SecretReading = { readonly text: string } | { readonly reason: string };

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EISDIR: 'is a folder',
  EACCES: 'may not be read (permission denied)',
  EPERM: 'may not be read (permission denied)',
};

/** Reads a file that `${file:PATH}` names. Strips one line break from its end, which `echo` and editors add. */
export function readSecretFile(path: string): SecretReading {
  let bytes: Buffer | undefined;
  try {
    bytes = readBounded(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return { reason: REASONS[code] ?? `cannot be read (${code})` };
  }
  if (bytes === undefined) return { reason: TOO_LARGE };
  if (!isUtf8(bytes)) return { reason: 'is not UTF-8 text' };
  return { text: bytes.toString('utf8').replace(/\r?\n$/, '') };
}
