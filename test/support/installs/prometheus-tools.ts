import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, makeCachedFolder } from './cached-folder.js';

const run = promisify(execFile);

/** The programs of Prometheus. */
export interface PrometheusTools {
  readonly prometheus: string;
  readonly promtool: string;
}

/** Unpacks the package without installing it; only root may refresh apt's lists. */
const UNPACK = `
  cd "$1" &&
  { apt-get download prometheus || { apt-get update && apt-get download prometheus; }; } &&
  dpkg-deb -x prometheus_*.deb . && rm -r prometheus_*.deb && ls usr/bin/promtool`;

/**
 * Prometheus: the one on the path, or else that of Debian's package, unpacked into the cache.
 * @throws when neither runs here
 */
export async function findPrometheus(): Promise<PrometheusTools> {
  const installed = { prometheus: 'prometheus', promtool: 'promtool' };
  if (await runs(installed)) return installed;
  const folder = join(cacheFolder(), 'prometheus');
  const unpacked = {
    prometheus: join(folder, 'usr/bin/prometheus'),
    promtool: join(folder, 'usr/bin/promtool'),
  };
  if (await runs(unpacked)) return unpacked;
  console.log(`unpacking Debian's package prometheus into ${folder} (20 MB)`);
  await makeCachedFolder({ folder, fill: (empty) => ['/bin/sh', '-c', UNPACK, 'unpack', empty] });
  if (!(await runs(unpacked))) throw new Error("Debian's package prometheus does not run here");
  return unpacked;
}

async function runs({ prometheus, promtool }: PrometheusTools): Promise<boolean> {
  return Promise.all([run(prometheus, ['--version']), run(promtool, ['--version'])]).then(
    () => true,
    () => false,
  );
}
