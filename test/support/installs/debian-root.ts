import { access } from 'node:fs/promises';
import { makeCachedFolder } from './cached-folder.js';
import { aptInstall, debianMirror, isRootOn } from './debian-machine.js';

const SCRIPTS = '/usr/share/debootstrap/scripts';

/**
 * Own namespaces hide the mounts of debootstrap from the machine, and the end of the first process ends all others.
 * Suites newer than debootstrap use the script of sid.
 */
const BOOTSTRAP = `
  suite=$1 folder=$2 mirror=$3
  script=${SCRIPTS}/$suite; [ -e "$script" ] || script=${SCRIPTS}/sid
  debootstrap --variant=minbase --include=rabbitmq-server "$suite" "$folder" "$mirror" "$script" &&
  rm -f "$folder"/var/cache/apt/archives/*.deb "$folder"/var/lib/apt/lists/*_Packages`;
const ALONE = ['/usr/bin/unshare', '--mount', '--pid', '--fork', '--kill-child'] as const;

/**
 * Bootstraps a suite of Debian with RabbitMQ into a folder, from the mirror that this machine uses. Takes a few minutes.
 * @throws when this is not root on Debian, or the suite is not available
 */
export async function makeDebianRoot(suite: string, folder: string): Promise<void> {
  if (!(await isRootOn(['debian']))) throw new Error('it is bootstrapped only by root on Debian');
  if (!(await hasDebootstrap())) await aptInstall('debootstrap');
  const mirror = await debianMirror();
  console.log(`bootstrapping Debian's ${suite} from ${mirror} into ${folder} (2 to 4 minutes)`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
  await makeCachedFolder({
    folder,
    fill: (empty) => [...ALONE, '--', '/bin/sh', '-c', BOOTSTRAP, 'bootstrap', suite, empty, mirror],
    env,
  });
}

async function hasDebootstrap(): Promise<boolean> {
  return access(SCRIPTS).then(
    () => true,
    () => false,
  );
}
