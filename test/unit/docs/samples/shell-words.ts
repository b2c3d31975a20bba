/** A simple command of a shell script. */
export interface ShellCommand {
  /** Its line in the script, from 1. */
  readonly line: number;
  /** `NAME=value` before the command, or after `export`. */
  readonly variables: ReadonlyMap<string, string>;
  readonly words: readonly string[];
}

const TOKEN =
  /(?<space>[ \t]+|\\\n)|(?<comment>#[^\n]*)|(?<redirect>\d?>>?&?|<)|(?<end>\n|&&|\|\|?|;|[()])|(?<word>(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\;|&()<>])+)/gy;
const VARIABLE = /^([A-Za-z_]\w*)=(.*)$/s;

/** Splits a script into its commands: quotes, comments, pipes, lists, redirections. @throws on anything else */
export function shellCommands(script: string): ShellCommand[] {
  const commands: ShellCommand[] = [];
  let words: string[] = [];
  let line = 1;
  let isTarget = false;
  let at = 0;
  const finish = (): void => {
    if (words.length > 0) commands.push(commandOf(words, line));
    words = [];
  };
  for (const { 0: text, index, groups } of script.matchAll(TOKEN)) {
    if (index !== at) break;
    at += text.length;
    if (groups?.['redirect'] !== undefined) isTarget = true;
    else if (groups?.['end'] !== undefined) finish();
    else if (groups?.['word'] !== undefined) {
      if (!isTarget) words.push(unquoted(text));
      isTarget = false;
    }
    line += text.split('\n').length - 1;
  }
  if (at !== script.length) throw new Error(`line ${line}: cannot read ${JSON.stringify(script.slice(at, at + 20))}`);
  finish();
  return commands;
}

function commandOf(all: readonly string[], line: number): ShellCommand {
  const words = all[0] === 'export' ? all.slice(1) : [...all];
  const first = words.findIndex((word) => !VARIABLE.test(word));
  const count = first === -1 ? words.length : first;
  const pairs = words.slice(0, count).flatMap((word): [string, string][] => {
    const [, name, value = ''] = VARIABLE.exec(word) ?? [];
    return name === undefined ? [] : [[name, value]];
  });
  return { line, variables: new Map(pairs), words: words.slice(count) };
}

function unquoted(word: string): string {
  return word.replace(
    /"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/gs,
    (_, double?: string, single?: string, escaped?: string) =>
      double === undefined ? (single ?? escaped ?? '') : double.replace(/\\(["\\$`])/g, '$1'),
  );
}
