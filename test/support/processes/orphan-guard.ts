import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

/**
 * Reads until its standard input ends. A last line means "released". The end alone means that this process has died,
 * even by SIGKILL, which runs no exit handler; then the guard cleans up.
 */
const WATCH =
  'read -r pid; read -r released || { kill -KILL "$pid" 2>/dev/null; [ -z "$1" ] || { sleep 1; rm -rf "$1"; }; }';

export interface OrphanGuardOptions {
  /** The process to end by SIGKILL. */
  readonly pid: number;
  /** A folder to remove then, too. */
  readonly folder?: string;
}

/** Ends a child process when this process dies first. Call the result once the child has ended. */
export function guardOrphan({ pid, folder }: OrphanGuardOptions): () => void {
  const guard = new OrphanGuard(folder);
  guard.watch(pid);
  return () => guard.release();
}

/** A guard for a child that is not started yet, because one started later could be too late. */
export class OrphanGuard {
  readonly #stdin: Writable;

  constructor(folder = '') {
    const watcher = spawn('/bin/sh', ['-c', WATCH, 'orphan-guard', folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    watcher.unref();
    this.#stdin = watcher.stdin;
    this.#stdin.on('error', () => {}); // the guard ended first
    unref(this.#stdin);
  }

  /** Names the child; call it in the same turn as the start. */
  watch(pid: number): void {
    this.#stdin.write(`${pid}\n`);
  }

  /** Releases the guard: the child has ended, or there is none. */
  release(): void {
    this.#stdin.end('released\nreleased\n');
  }
}

/** The pipe is a socket at run time; its type doesn't say so. */
function unref(stream: object): void {
  if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
}
