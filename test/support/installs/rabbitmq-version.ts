import { join } from 'node:path';
import { messageOf } from '../../../src/errors/index.js';
import { cacheFolder } from './cached-folder.js';
import { makeDebianRoot } from './debian-root.js';
import { makeDockerRoot } from './docker-root.js';
import { findInstalledRabbitmq } from './installed-rabbitmq.js';
import type { RabbitmqProgram } from './rabbitmq-program.js';
import { rabbitmqInRoot } from './rabbitmq-root.js';

/** The versions that Debian has, and in which suite. */
export const SUITES: Readonly<Record<string, string>> = { '3.10': 'bookworm', '4.0': 'trixie', '4.3': 'forky' };

/**
 * The RabbitMQ of a version such as `4.3`: the installed one, else one in the cache, else one installed into it from
 * Debian, else from Docker.
 * @throws with the reason why each of them is not available
 */
export async function rabbitmqOfVersion(version: string): Promise<RabbitmqProgram> {
  const installed = await findInstalledRabbitmq();
  if (installed !== undefined && isVersion(installed, version)) return installed;
  const suite = SUITES[version];
  const sources = [
    ...(suite === undefined ? [] : [{ name: suite, make: async (root: string) => makeDebianRoot(suite, root) }]),
    { name: `docker-${version}`, make: async (root: string) => makeDockerRoot(version, root) },
  ];
  const reasons: string[] = [];
  for (const { name, make } of sources) {
    const root = join(cacheFolder(), 'brokers', name);
    try {
      if ((await rabbitmqInRoot(root)) === undefined) await make(root);
      const program = await rabbitmqInRoot(root);
      if (program !== undefined && isVersion(program, version)) return program;
      reasons.push(`${name} has RabbitMQ ${program?.version ?? 'nowhere'}`);
    } catch (error) {
      reasons.push(`${name}: ${messageOf(error)}`);
    }
  }
  const instead = installed === undefined ? 'none is installed' : `${installed.version} is installed`;
  throw new Error(`RabbitMQ ${version} cannot be had: ${[instead, ...reasons].join('; ')}`);
}

/** True when the program's version equals the wanted one or begins with it: 4.3.6 is a 4.3. */
function isVersion(program: RabbitmqProgram, wanted: string): boolean {
  return program.version === wanted || program.version.startsWith(`${wanted}.`);
}
