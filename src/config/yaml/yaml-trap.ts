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
/** A comment that contains the closing bracket of its list or mapping. */
const SWALLOWED = /[[{,:]\s{1,80}(#[^\n]{0,200}[\]}])/;
/** Matches `key: text: more`. */
const WITH_COLON = /^(\s*(?:- )?[^\s:#'"]+:\s+)([^\s'"[{#][^#]*?:\s[^#]*?)\s*(?:#.*)?$/;
/** Matches a list or mapping in brackets up to a reference that has no quotes. */
const REFERENCE_IN_BRACKETS = /^([^"'#]*[[{,:-]\s*)(?<=[[{].*)(\$\{[^\s,}\]]*\}?)/;
/** Matches the start of a value at the end of a line: `key: value` or a list item. */
const VALUE = /(?:^|[[{,:-])\s+(?=[#*&!@`%|>{])/g;

/** Explains how to write a value that begins with one of YAML's own characters; undefined for any other value. */
export function trapIn(value: string): string | undefined {
  const token = TOKEN.exec(value)?.[0];
  if (token === undefined) return undefined;
  const character = token.startsWith('{{') ? '{{' : token.slice(0, 1);
  // Quotes make a template valid YAML, whatever it stands for.
  return `${character} ${MEANINGS[character] ?? ''} in YAML, so text that begins with it needs quotes: ${quoted(token)}`;
}

export interface Trap {
  readonly offset: number;
  readonly trap: string;
}

/** Finds the first such value in an invalid line, or a colon inside unquoted text. */
export function trapOnLine(line: string): Trap | undefined {
  for (const { index, 0: lead } of line.matchAll(VALUE)) {
    const offset = index + lead.length;
    const trap = trapIn(line.slice(offset));
    if (trap !== undefined) return { offset, trap };
  }
  const [reference, before = '', written = ''] = REFERENCE_IN_BRACKETS.exec(line) ?? [];
  if (reference !== undefined) {
    return { offset: before.length, trap: `inside [ ] and { } a reference needs quotes: ${quoted(written)}` };
  }
  const [, start = '', text] = WITH_COLON.exec(line) ?? [];
  if (text === undefined) return undefined;
  return { offset: start.length, trap: `": " begins a value in YAML, so text with it needs quotes: ${quoted(text)}` };
}

/** Finds a comment that contains a closing bracket. */
export function swallowedBracket(source: string): Trap | undefined {
  const match = SWALLOWED.exec(source);
  const [found = '', comment = ''] = match ?? [];
  const trap = trapIn(comment);
  return match === null || trap === undefined
    ? undefined
    : { offset: match.index + found.length - comment.length, trap };
}

/** Finds a template placeholder that nobody filled in. */
export function templateIn(source: string): Trap | undefined {
  const offset = source.search(/\{\{.{0,200}\}\}/);
  const trap = offset === -1 ? undefined : trapIn(source.slice(offset));
  return trap === undefined ? undefined : { offset, trap };
}

function quoted(token: string): string {
  return token.includes('"') ? `'${token}'` : `"${token}"`;
}
