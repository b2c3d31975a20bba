import { findSockets } from '../../control/index.js';
import { isAlive, unreachable } from './client.js';

export interface DaemonChoice {
  readonly socket: string | undefined;
  readonly pid: number | undefined;
  /** XDG_RUNTIME_DIR. */
  readonly runtimeFolder: string | undefined;
}

/** Returns the socket of the chosen daemon, or of the only one. @throws DispatcherError `CONTROL_UNREACHABLE` */
export async function findDaemon({ socket, pid, runtimeFolder }: DaemonChoice): Promise<string> {
  if (socket !== undefined) return socket;
  const found = findSockets(runtimeFolder);
  const alive = await Promise.all(found.map(async (each) => ((await isAlive(each.path)) ? [each] : [])));
  const daemons = alive.flat();
  const meant = pid === undefined ? daemons : daemons.filter((each) => each.pid === pid);
  const [only, ...others] = meant;
  if (only !== undefined && others.length === 0) return only.path;
  if (only === undefined) {
    const which = pid === undefined ? 'no running daemon has' : `process ${pid} has no`;
    const socketOf = pid === undefined ? 'its socket in the default place' : 'socket in the default place';
    throw unreachable(
      `${which} ${socketOf} (use --socket PATH if the daemon has control: or --control-socket, or runs as another user)`,
    );
  }
  const list = meant.map((each) => `  --pid ${each.pid}  ${each.path}`).join('\n');
  throw unreachable(`${meant.length} daemons are running; choose one with --pid or --socket:\n${list}`);
}
