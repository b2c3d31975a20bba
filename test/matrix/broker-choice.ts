import { isAbsolute } from 'node:path';
import { messageOf } from '../../src/errors/index.js';
import { type RabbitmqProgram, requireRabbitmq, TEST_RABBITMQ } from '../support/installs/rabbitmq-program.js';
import { SUITES } from '../support/installs/rabbitmq-version.js';

/** A broker of the matrix, or why it is not available. */
export interface BrokerChoice {
  /** Name in the table. */
  readonly name: string;
  /** What TEST_RABBITMQ is set to; empty: the installed one. */
  readonly choice: string;
  readonly missing?: string;
}

/**
 * The requested brokers; by default the installed one, the one in TEST_RABBITMQ, and each version that Debian has.
 * Installs missing ones, and lists each broker once.
 */
export async function findBrokers(only: readonly string[] | undefined): Promise<BrokerChoice[]> {
  const choices = only ?? ['', process.env[TEST_RABBITMQ] ?? '', ...Object.keys(SUITES)];
  const found = new Map<string, BrokerChoice>();
  for (const choice of choices) {
    try {
      const program = await requireRabbitmq(choice);
      const key = program.server.join(' ');
      if (!found.has(key)) found.set(key, { name: nameOf(choice, program), choice });
    } catch (error) {
      const name = choice === '' ? 'installed' : choice;
      found.set(name, { name, choice, missing: messageOf(error) });
    }
  }
  return [...found.values()];
}

function nameOf(choice: string, { version }: RabbitmqProgram): string {
  if (choice === '') return `${version} (installed)`;
  return isAbsolute(choice) ? `${version} (${choice})` : version;
}
