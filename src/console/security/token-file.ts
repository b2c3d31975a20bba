import { createHash, timingSafeEqual } from 'node:crypto';
import { statSync } from 'node:fs';
import { readConsoleToken } from '../../config/index.js';
import { DispatcherError } from '../../errors/index.js';

const LOOK_AGAIN_MS = 1_000;

export interface TokenFileOptions {
  readonly path: string;
  /** Monotonic. */
  readonly nowMs: () => number;
  /** Called when the file contains another token. */
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
    this.version = versionOf(path);
    const reading = readConsoleToken(path);
    if ('reason' in reading) {
      throw new DispatcherError('CONSOLE_TOKEN_UNUSABLE', `http.token_file ${path} ${reading.reason}`);
    }
    this.hash = hashOf(reading.text);
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
    const version = versionOf(path);
    if (version === this.version) return;
    this.version = version;
    const reading = readConsoleToken(path);
    if ('reason' in reading) return failed(`http.token_file ${path} ${reading.reason}`);
    const hash = hashOf(reading.text);
    if (timingSafeEqual(hash, this.hash)) return;
    this.hash = hash;
    changed();
  }
}

/** Changes with the content, and when a link points to another file. */
function versionOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? 'none' : `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeMs}`;
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
