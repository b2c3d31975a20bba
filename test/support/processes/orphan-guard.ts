import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

/**
 * Reads until its standard input ends. A last line means "released": nothing to do. The end alone means that this process is gone,
 * however it went (SIGKILL runs no exit handler): then it ends what was left behind.
 */
const WATCH =
  'read -r pid; read -r released || { kill -KILL "$pid" 2>/dev/null; [ -z "$1" ] || { sleep 1; rm -rf "$1"; }; }';

export interface OrphanGuardOptions {
  /** The process to end by SIGKILL. */
  readonly pid: number;
  /** A folder to remove then, too. */
  readonly folder?: string;
}

/** Ends a child process when this process dies without doing so itself. Call the result once the child has ended. */
export function guardOrphan({ pid, folder }: OrphanGuardOptions): () => void {
  const guard = new OrphanGuard(folder);
  guard.watch(pid);
  return () => guard.release();
}

/** For a child that is yet to be started: a guard that came after it could come too late. */
export class OrphanGuard {
  readonly #stdin: Writable;

  constructor(folder = '') {
    const watcher = spawn('/bin/sh', ['-c', WATCH, 'orphan-guard', folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    watcher.unref();
    this.#stdin = watcher.stdin;
    this.#stdin.on('error', () => {}); // the watcher ended first: it has nothing left to be told
    unref(this.#stdin);
  }

  /** Names the child; in the same turn as its start, so that nothing comes between. */
  watch(pid: number): void {
    this.#stdin.write(`${pid}\n`);
  }

  /** The child has ended, or there is none. */
  release(): void {
    this.#stdin.end('released\nreleased\n');
  }
}

/** The pipe is a socket at run time; its type doesn't say so. */
function unref(stream: object): void {
  if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
}
