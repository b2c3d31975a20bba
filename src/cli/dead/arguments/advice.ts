import { listOf, unknownWords, withMeantFlags, wrongCommand } from '../../command-advice.js';

const COMMANDS = ['list', 'show', 'browse', 'replay', 'delete', 'purge', 'export', 'import'];
/** For a sentence that begins with "expected". */
export const COMMAND_LIST = listOf(COMMANDS);
const FLAGS = 'queue config format id where older newer limit to dry-run yes output remove resume help'.split(' ');
/** Words of other programs for a command. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['ls', 'list'],
  ['count', 'list'],
  ['view', 'show'],
  ['get', 'show'],
  ['retry', 'replay'],
  ['requeue', 'replay'],
  ['rm', 'delete'],
  ['remove', 'delete'],
  ['clear', 'purge'],
  ['empty', 'purge'],
]);

/** What is wrong with the first word; undefined when it is a command, or there is none. */
export function wrongDeadCommand([word]: readonly string[]): string | undefined {
  return wrongCommand(word, { commands: COMMANDS, synonyms: SYNONYMS });
}

/** Flags that a command lacks, and the command that has them. */
const TAKEN_BY: ReadonlyMap<string, { readonly command: string; readonly flags: readonly string[] }> = new Map([
  ['purge', { command: 'delete', flags: ['id', 'where', 'older', 'newer', 'limit', 'dry-run'] }],
]);

/** Adds the flags that were probably meant to yargs' message about unknown ones; flags of other commands are said to be such. */
export function withAdvice(message: string, args: readonly string[]): string {
  const flags = unknownWords(message).filter((word) =>
    args.some((arg) => arg === `--${word}` || arg.startsWith(`--${word}=`)),
  );
  const command = args.find((arg) => COMMANDS.includes(arg));
  const foreign = flags.filter((flag) => FLAGS.includes(flag));
  if (command !== undefined && foreign.length > 0) {
    const other = TAKEN_BY.get(command);
    const does = other !== undefined && foreign.every((flag) => other.flags.includes(flag));
    const hint = does ? ` (dead ${other.command} does)` : '';
    return `${command} takes no ${foreign.map((flag) => `--${flag}`).join(' and no ')}${hint}`;
  }
  return withMeantFlags(message, flags, FLAGS);
}
