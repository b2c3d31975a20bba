import { readdir } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RabbitmqProgram } from './rabbitmq-program.js';

/**
 * A root folder is a whole Debian with RabbitMQ in it, so that several versions fit on one machine. Its programs run in a
 * mount namespace of their own: the mounts end with the process, even by SIGKILL, and nobody else ever sees them.
 * Each step is an `exec`, so the pid of the child is that of the Erlang VM.
 */
const ENTER = `
  root=$1 tmp=$2; shift 2
  mkdir -p "$root/proc" "$root/dev" "$root$tmp" && touch "$root/etc/hosts" &&
  mount --rbind /proc "$root/proc" &&
  mount --rbind /dev "$root/dev" &&
  mount --bind /etc/hosts "$root/etc/hosts" &&
  mount --rbind "$tmp" "$root$tmp" || exit
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin exec chroot "$root" "$@"`;

const SCRIPTS = '/usr/lib/rabbitmq/bin';
const LIBRARY = 'usr/lib/rabbitmq/lib';

/** The folder that keeps the root folders, one for each Debian suite. */
export function rootsFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'amqp-dispatcher', 'brokers');
}

/** The RabbitMQ in a root folder, or undefined when there is none. */
export async function rabbitmqInRoot(root: string): Promise<RabbitmqProgram | undefined> {
  const names = await readdir(join(root, LIBRARY)).catch(() => []);
  const versions = names.flatMap((name) => /^rabbitmq_server-(.+)$/.exec(name)?.[1] ?? []);
  const [version] = versions;
  if (version === undefined) return undefined;
  // The temporary folder has the node's own folder and the certificates of tests, at the same path inside.
  const enter = ['/usr/bin/unshare', '--mount', '--', '/bin/sh', '-c', ENTER, 'enter', root, tmpdir()] as const;
  return {
    version,
    server: [...enter, `${SCRIPTS}/rabbitmq-server`],
    ctl: [...enter, `${SCRIPTS}/rabbitmqctl`],
    epmd: [...enter, '/usr/bin/epmd'],
  };
}
