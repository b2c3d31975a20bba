import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { DispatcherError, messageOf } from '../../errors/index.js';

export const SHORTEST_TOKEN = 16;
const LARGEST_FILE_BYTES = 64 * 1024;
const LOOK_AGAIN_MS = 1_000;

export interface TokenFileOptions {
  readonly path: string;
  /** Monotonic. */
  readonly nowMs: () => number;
  /** The file holds another token now. */
  readonly changed: () => void;
  /** The file is unusable now; the token stays as it was. */
  readonly failed: (reason: string) => void;
}

/**
 * The token of the console. Its file is looked at again at most once a second and when somebody asks, so a new secret of
 * Kubernetes counts without a restart. Only the hash stays in memory.
 */
export class TokenFile {
  private readonly options: TokenFileOptions;
  private hash: Buffer;
  private version: string;
  private lookedMs: number;

  /** @throws DispatcherError `CONSOLE_TOKEN_UNUSABLE` */
  constructor(options: TokenFileOptions) {
    const { path, nowMs } = options;
    this.options = options;
    try {
      this.version = versionOf(path);
      this.hash = hashOf(readToken(path));
    } catch (error) {
      throw new DispatcherError('CONSOLE_TOKEN_UNUSABLE', `http.token_file ${path} ${reasonOf(error)}`, {
        cause: error,
      });
    }
    this.lookedMs = nowMs();
  }

  /** Compares hashes in constant time. */
  matches(token: string): boolean {
    this.refresh();
    return timingSafeEqual(this.hash, hashOf(token));
  }

  /** Reads the file again if it has changed. */
  refresh(): void {
    const { path, nowMs, changed, failed } = this.options;
    if (nowMs() - this.lookedMs < LOOK_AGAIN_MS) return;
    this.lookedMs = nowMs();
    try {
      const version = versionOf(path);
      if (version === this.version) return;
      const hash = hashOf(readToken(path));
      this.version = version;
      if (timingSafeEqual(hash, this.hash)) return;
      this.hash = hash;
      changed();
    } catch (error) {
      const reason = reasonOf(error);
      // Once per reason.
      if (this.version === reason) return;
      this.version = reason;
      failed(`http.token_file ${path} ${reason}`);
    }
  }
}

function readToken(path: string): string {
  const token = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  if (token.length >= SHORTEST_TOKEN) return token;
  throw new RangeError(
    token === ''
      ? 'is empty'
      : `holds ${token.length} characters (at least ${SHORTEST_TOKEN}: openssl rand -hex 32 makes one)`,
  );
}

/** Changes with the content, and when a link points to another file. */
function versionOf(path: string): string {
  const { ino, dev, size, mtimeMs } = statSync(path);
  if (size > LARGEST_FILE_BYTES) throw new RangeError(`has ${size} bytes`);
  return `${dev}:${ino}:${size}:${mtimeMs}`;
}

function reasonOf(error: unknown): string {
  return error instanceof RangeError ? error.message : `cannot be read: ${messageOf(error)}`;
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
