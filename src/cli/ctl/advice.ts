import { VERBS } from '../../control/index.js';
import { listOf, unknownWords, withMeantFlags, wrongCommand } from '../command-advice.js';

/** `top` shows what the verb `live` returns. */
const COMMANDS: readonly string[] = VERBS.map((verb) => (verb === 'live' ? 'top' : verb));
/** For a sentence that begins with "expected". */
export const COMMAND_LIST = listOf(COMMANDS);
const FLAGS = ['format', 'socket', 'pid', 'all', 'hard', 'for', 'out', 'count', 'help'];
/** The words that a command needs. */
const OPERANDS: ReadonlyMap<string, string> = new Map([
  ['pause', 'ENTRY'],
  ['set', 'ENTRY prefetch|rate|log-level VALUE'],
  ['abort', 'ID'],
  ['stack', 'THREAD'],
  ['profile', 'THREAD'],
  ['heap', 'THREAD'],
]);

/** What is wrong with the first word; undefined when it is a command, or there is none. */
export function wrongCtlCommand([word]: readonly string[]): string | undefined {
  return wrongCommand(word, { commands: COMMANDS });
}

/** Says in plain words what yargs' message is about: missing words, a missing command, flags that were probably meant. */
export function withAdvice(message: string, args: readonly string[]): string {
  const command = args.find((word) => COMMANDS.includes(word));
  const missing = OPERANDS.get(command ?? '');
  if (message.startsWith('Not enough non-option arguments') && missing !== undefined)
    return `expected ${command} ${missing}`;
  if (command === undefined) return `expected ${COMMAND_LIST}`;
  return withMeantFlags(message, unknownWords(message), FLAGS);
}
