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

/** Adds the flags that were probably meant to yargs' message about unknown ones. */
export function withAdvice(message: string, args: readonly string[]): string {
  const unknown = /^Unknown arguments?: (.+)$/.exec(message)?.[1]?.split(', ') ?? [];
  const flags = unknown.filter((word) => args.some((arg) => arg === `--${word}` || arg.startsWith(`--${word}=`)));
  const meant = flags.map((word) => nearestWord(word, FLAGS)).filter((flag) => flag !== undefined);
  const advice = [...new Set(meant)].map((flag) => `--${flag}`).join(' and ');
  return advice === '' ? message : `${message}, did you mean ${advice}?`;
}
