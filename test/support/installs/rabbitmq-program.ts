import { isAbsolute, join } from 'node:path';
import { findInstalledRabbitmq, installRabbitmq } from './installed-rabbitmq.js';
import { rabbitmqInRoot } from './rabbitmq-root.js';
import { rabbitmqOfVersion } from './rabbitmq-version.js';

/** A program and its first arguments. */
export type CommandLine = readonly [program: string, ...args: string[]];

/** The programs of a RabbitMQ. */
export interface RabbitmqProgram {
  /** Such as `4.0.5`. */
  readonly version: string;
  readonly server: CommandLine;
  readonly ctl: CommandLine;
  readonly epmd: CommandLine;
}

/**
 * The environment variable that chooses among several: a version (`4.3`, `4.0`, `3.10`), or a folder: the root of a Debian with
 * RabbitMQ in it, or an unpacked RabbitMQ with its `sbin`. Default: the installed one.
 */
export const TEST_RABBITMQ = 'TEST_RABBITMQ';

const MISSING =
  'RabbitMQ is needed and was not found. Install it (Debian, Ubuntu: "apt-get install rabbitmq-server"; ' +
  'macOS: "brew install rabbitmq"; others: https://www.rabbitmq.com/docs/download)';

/**
 * The RabbitMQ that a value of TEST_RABBITMQ chooses; without one the installed one, which is installed first when it is missing
 * and this is root on Debian or Ubuntu.
 * @throws when the chosen one is not available, with the reason
 */
export async function findOrInstallRabbitmq(
  choice = process.env[TEST_RABBITMQ] ?? '',
): Promise<RabbitmqProgram | undefined> {
  if (choice === '') return (await findInstalledRabbitmq()) ?? installRabbitmq();
  if (!isAbsolute(choice)) return rabbitmqOfVersion(choice);
  const program = (await rabbitmqInRoot(choice)) ?? (await findInstalledRabbitmq([join(choice, 'sbin')]));
  if (program === undefined) throw new Error(`there is no RabbitMQ in ${choice}`);
  return program;
}

/** @throws an error that says what to install */
export async function requireRabbitmq(choice?: string): Promise<RabbitmqProgram> {
  const program = await findOrInstallRabbitmq(choice);
  if (program === undefined) throw new Error(`${MISSING}.`);
  return program;
}

/** The error when Docker could help as well but does not answer. */
export function missingBroker(): Error {
  return new Error(`${MISSING}, start Docker, or set RABBITMQ_URL to a broker of your own.`);
}
