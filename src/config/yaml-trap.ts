/** What YAML makes of a character that begins a text without quotes. */
const MEANINGS: Readonly<Record<string, string>> = {
  '#': 'begins a comment',
  '*': 'stands for an anchor',
  '&': 'sets an anchor',
  '!': 'sets a tag',
  '@': 'is reserved',
  '`': 'is reserved',
  '%': 'begins a directive',
  '|': 'begins a text on lines of its own',
  '>': 'begins a text on lines of its own',
  '{{': 'begins a mapping',
};
const TOKEN = /^(?:(\{\{.*?\}\})|([#*&!@`%|>][^\s,\]}]*))/;
/** A comment that has swallowed the end of its list or mapping. */
const SWALLOWED = /[[{,:]\s{1,80}(#[^\n]{0,200}[\]}])/;
/** `key: text: more`. */
const WITH_COLON = /^(\s*(?:- )?[^\s:#'"]+:\s+)([^\s'"[{#][^#]*?:\s[^#]*?)\s*(?:#.*)?$/;
/** `key: value`, where the value is what a line ends in; or an item of a list. */
const VALUE = /(?:^|[[{,:-])\s+(?=[#*&!@`%|>{])/g;

/** Says what to write for a value that begins with one of YAML's own characters; undefined for any other. */
export function trapIn(value: string): string | undefined {
  const token = TOKEN.exec(value)?.[0];
  if (token === undefined) return undefined;
  const character = token.startsWith('{{') ? '{{' : token.slice(0, 1);
  // What a template means is not for quotes to say, but they make a text of it.
  return `${character} ${MEANINGS[character] ?? ''} in YAML, so text that begins with it needs quotes: ${quoted(token)}`;
}

export interface Trap {
  readonly offset: number;
  readonly trap: string;
}

/** The first such value of a line, for a text that is no YAML; or the colon inside of a text. */
export function trapOnLine(line: string): Trap | undefined {
  for (const { index, 0: lead } of line.matchAll(VALUE)) {
    const offset = index + lead.length;
    const trap = trapIn(line.slice(offset));
    if (trap !== undefined) return { offset, trap };
  }
  const [, start = '', text] = WITH_COLON.exec(line) ?? [];
  if (text === undefined) return undefined;
  return { offset: start.length, trap: `": " begins a value in YAML, so text with it needs quotes: ${quoted(text)}` };
}

/** Where a comment swallows the bracket that a list or mapping ends with. */
export function swallowedBracket(source: string): Trap | undefined {
  const match = SWALLOWED.exec(source);
  const [found = '', comment = ''] = match ?? [];
  const trap = trapIn(comment);
  return match === null || trap === undefined
    ? undefined
    : { offset: match.index + found.length - comment.length, trap };
}

/** A placeholder that nobody has filled in. */
export function templateIn(source: string): Trap | undefined {
  const offset = source.search(/\{\{.{0,200}\}\}/);
  const trap = offset === -1 ? undefined : trapIn(source.slice(offset));
  return trap === undefined ? undefined : { offset, trap };
}

function quoted(token: string): string {
  return token.includes('"') ? `'${token}'` : `"${token}"`;
}
