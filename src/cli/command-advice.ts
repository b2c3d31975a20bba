import { nearestWord } from '../errors/index.js';

/** The commands of a program within this one. */
export interface CommandWords {
  readonly commands: readonly string[];
  /** Words of other programs for a command. */
  readonly synonyms?: ReadonlyMap<string, string>;
}

/** `a, b or c`, for a sentence that begins with "expected". */
export function listOf(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** What is wrong with the word that should be a command; undefined when it is one, or there is none. */
export function wrongCommand(word: string | undefined, { commands, synonyms }: CommandWords): string | undefined {
  if (word === undefined || word.startsWith('-') || commands.includes(word)) return undefined;
  const nearest = synonyms?.get(word) ?? nearestWord(word, commands);
  const meant = nearest === undefined ? '' : `, did you mean "${nearest}"?`;
  return `"${word}" is not a command${meant} (expected ${listOf(commands)})`;
}

/** The words that yargs' message calls unknown. */
export function unknownWords(message: string): readonly string[] {
  return /^Unknown arguments?: (.+)$/.exec(message)?.[1]?.split(', ') ?? [];
}

/** Adds the flags that were probably meant by unknown ones to a message. */
export function withMeantFlags(message: string, unknown: readonly string[], flags: readonly string[]): string {
  const meant = unknown.map((word) => nearestWord(word, flags)).filter((flag) => flag !== undefined);
  const advice = [...new Set(meant)].map((flag) => `--${flag}`).join(' and ');
  return advice === '' ? message : `${message}, did you mean ${advice}?`;
}
