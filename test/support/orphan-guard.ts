import { spawn } from 'node:child_process';

/**
 * Reads until its standard input ends. A line first means "released": nothing to do. The end alone means that this process is gone,
 * however it went (SIGKILL runs no exit handler): then it ends what was left behind.
 */
const WATCH = 'read -r released || { kill -KILL "$1" 2>/dev/null; [ -z "$2" ] || { sleep 1; rm -rf "$2"; }; }';

export interface OrphanGuardOptions {
  /** The process to end by SIGKILL. */
  readonly pid: number;
  /** A folder to remove then, too. */
  readonly folder?: string;
}

/** Ends a child process when this process dies without doing so itself. Call the result once the child has ended. */
export function guardOrphan({ pid, folder = '' }: OrphanGuardOptions): () => void {
  const watcher = spawn('/bin/sh', ['-c', WATCH, 'orphan-guard', String(pid), folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.unref();
  const { stdin } = watcher;
  stdin.on('error', () => {}); // the watcher ended first: it has nothing left to be told
  unref(stdin);
  return () => {
    stdin.end('released\n');
  };
}

/** The pipe is a socket at run time; its type doesn't say so. */
function unref(stream: object): void {
  if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
}
