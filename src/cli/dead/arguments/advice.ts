import { nearestWord } from '../../../errors/index.js';

const COMMANDS = ['list', 'show', 'browse', 'replay', 'delete', 'purge', 'export', 'import'];
/** For a sentence that begins with "expected". */
export const COMMAND_LIST = `${COMMANDS.slice(0, -1).join(', ')} or ${COMMANDS.at(-1)}`;
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

/** What is wrong with the word that should be a command; undefined when it is one, or there is none. */
export function wrongCommand([word]: readonly string[]): string | undefined {
  if (word === undefined || word.startsWith('-') || COMMANDS.includes(word)) return undefined;
  const nearest = SYNONYMS.get(word) ?? nearestWord(word, COMMANDS);
  const meant = nearest === undefined ? '' : `, did you mean "${nearest}"?`;
  return `"${word}" is not a command${meant} (expected ${COMMAND_LIST})`;
}

/** Flags that a command lacks, and the command that has them. */
const TAKEN_BY: ReadonlyMap<string, { readonly command: string; readonly flags: readonly string[] }> = new Map([
  ['purge', { command: 'delete', flags: ['id', 'where', 'older', 'newer', 'limit', 'dry-run'] }],
]);

/** Adds the flags that were probably meant to yargs' message about unknown ones; flags of other commands are said to be such. */
export function withAdvice(message: string, args: readonly string[]): string {
  const unknown = /^Unknown arguments?: (.+)$/.exec(message)?.[1]?.split(', ') ?? [];
  const flags = unknown.filter((word) => args.some((arg) => arg === `--${word}` || arg.startsWith(`--${word}=`)));
  const command = args.find((arg) => COMMANDS.includes(arg));
  const foreign = flags.filter((flag) => FLAGS.includes(flag));
  if (command !== undefined && foreign.length > 0) {
    const other = TAKEN_BY.get(command);
    const does = other !== undefined && foreign.every((flag) => other.flags.includes(flag));
    const hint = does ? ` (dead ${other.command} does)` : '';
    return `${command} takes no ${foreign.map((flag) => `--${flag}`).join(' and no ')}${hint}`;
  }
  const meant = flags.map((word) => nearestWord(word, FLAGS)).filter((flag) => flag !== undefined);
  const advice = [...new Set(meant)].map((flag) => `--${flag}`).join(' and ');
  return advice === '' ? message : `${message}, did you mean ${advice}?`;
}
