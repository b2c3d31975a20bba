import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RabbitmqProgram } from './rabbitmq-program.js';

/**
 * A root folder is a whole Debian with RabbitMQ, so that one machine can have several versions. Its programs run in their
 * own mount namespace: the mounts are invisible outside and end with the process, even by SIGKILL.
 * Each step is an `exec`, so the child's pid is that of the Erlang VM.
 */
const ENTER = `
  root=$1 tmp=$2; shift 2
  mkdir -p "$root/proc" "$root/dev" "$root$tmp" && touch "$root/etc/hosts" &&
  mount --rbind /proc "$root/proc" &&
  mount --rbind /dev "$root/dev" &&
  mount --bind /etc/hosts "$root/etc/hosts" &&
  mount --rbind "$tmp" "$root$tmp" || exit
  PATH=/usr/sbin:/usr/bin:/sbin:/bin:/opt/erlang/bin exec chroot "$root" "$@"`;

/** Paths of RabbitMQ in a Debian and in the Docker image; a name in `library` has the version. */
const LAYOUTS = [
  {
    library: 'usr/lib/rabbitmq/lib',
    name: /^rabbitmq_server-(\d.*)$/,
    scripts: '/usr/lib/rabbitmq/bin',
    epmd: '/usr/bin/epmd',
  },
  {
    library: 'opt/rabbitmq/plugins',
    name: /^rabbit-(\d.*)$/,
    scripts: '/opt/rabbitmq/sbin',
    epmd: '/opt/erlang/bin/epmd',
  },
];

/** The RabbitMQ in a root folder; undefined if there is none. */
export async function rabbitmqInRoot(root: string): Promise<RabbitmqProgram | undefined> {
  for (const { library, name, scripts, epmd } of LAYOUTS) {
    const names = await readdir(join(root, library)).catch(() => []);
    const [version] = names.flatMap((each) => name.exec(each)?.[1] ?? []);
    if (version === undefined) continue;
    // The temporary folder, with the node's folder and test certificates, has the same path inside.
    const enter = ['/usr/bin/unshare', '--mount', '--', '/bin/sh', '-c', ENTER, 'enter', root, tmpdir()] as const;
    return {
      version,
      server: [...enter, `${scripts}/rabbitmq-server`],
      ctl: [...enter, `${scripts}/rabbitmqctl`],
      epmd: [...enter, epmd],
    };
  }
  return undefined;
}
