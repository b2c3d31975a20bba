import { readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `sun_path` of Linux, with its final zero; others have less. */
const LONGEST_PATH_BYTES = 107;
const NAME = /^amqp-dispatcher-(\d+)\.sock$/;

/** The default path of a daemon's socket. */
export function defaultSocket({
  runtimeFolder,
  pid,
}: {
  readonly runtimeFolder: string | undefined;
  readonly pid: number;
}): string {
  return join(runtimeFolder ?? tmpdir(), `amqp-dispatcher-${pid}.sock`);
}

/** Returns why a socket cannot have this path. */
export function pathFault(path: string): string | undefined {
  const bytes = Buffer.byteLength(path);
  if (bytes <= LONGEST_PATH_BYTES) return undefined;
  return `its path has ${bytes} bytes, and the system allows ${LONGEST_PATH_BYTES}`;
}

/** A socket in a default place; its process may have died. */
export interface FoundSocket {
  readonly path: string;
  readonly pid: number;
}

/** The sockets of this user in the default places, by process. Another user's socket could answer anything. */
export function findSockets(runtimeFolder: string | undefined): readonly FoundSocket[] {
  const folders = new Set([...(runtimeFolder === undefined ? [] : [runtimeFolder]), tmpdir()]);
  return [...folders].flatMap(socketsIn).toSorted((one, other) => one.pid - other.pid);
}

function socketsIn(folder: string): FoundSocket[] {
  try {
    return readdirSync(folder).flatMap((name) => {
      const pid = Number(NAME.exec(name)?.[1]);
      const path = join(folder, name);
      return Number.isNaN(pid) || !isOwnSocket(path) ? [] : [{ path, pid }];
    });
  } catch {
    return [];
  }
}

function isOwnSocket(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  const uid = process.getuid?.() ?? 0;
  return stats?.isSocket() === true && (stats.uid === uid || uid === 0);
}
