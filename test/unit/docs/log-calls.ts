/** A line that a source file can log: its level, if the call names it, and its text, `…` for each variable part. */
export interface LoggedLine {
  readonly level: string | undefined;
  readonly text: string;
}

/** A text with fewer letters than this is only a frame around variable parts. */
const LEAST_LETTERS = 4;

const LOGGER_CALL = /\b\w*[lL]ogger(?:\.(trace|debug|info|warn|error|fatal)|\[[\w.]+\])\(/g;
/** Functions of the sources that write the text they are given, with what they add to it. */
const WRITERS: readonly [call: RegExp, level: string | undefined, suffix: string][] = [
  [/\bstep\(delivery,/g, 'debug', ''],
  [/\btellEnd\(delivery, failure,/g, undefined, ': …'],
];
const REPEATABLE = /\.(?:write|isNew)\(\{\s*level: (?:'(\w+)'|[^,]*),/g;
const ERROR = /\bnew \w*Error\(/g;

/** Every line that a source file logs, if its text is written there. */
export function loggedLines(code: string): LoggedLine[] {
  const source = joined(code);
  const lines: LoggedLine[] = [];
  for (const { 0: call, 1: level, index } of source.matchAll(LOGGER_CALL)) {
    const text = argumentsAt(source, index + call.length).at(-1) ?? '';
    lines.push(...textsOf(text, source.slice(0, index)).map((each) => ({ level, text: each })));
  }
  for (const { 1: level, index } of source.matchAll(REPEATABLE)) {
    lines.push(...textsOf('text', source.slice(0, index)).map((text) => ({ level, text })));
  }
  for (const [pattern, level, suffix] of WRITERS) {
    for (const { 0: call, index } of source.matchAll(pattern)) {
      const texts = argumentsAt(source, index + call.length).flatMap((each) => textsOf(each, source.slice(0, index)));
      lines.push(...texts.map((text) => ({ level, text: `${text}${suffix}` })));
    }
  }
  return lines;
}

/** The messages of the errors that a source file creates. */
export function errorMessages(code: string): string[] {
  const source = joined(code);
  return [...source.matchAll(ERROR)].flatMap(({ 0: call, index }) =>
    argumentsAt(source, index + call.length).flatMap((argument) => textsOf(argument, source.slice(0, index))),
  );
}

/** Every text that a source file has in quotes or backquotes. */
export function allTexts(code: string): string[] {
  return quoted(joined(code)).flatMap((token) => alternatives(token, ''));
}

/** With literals that are added up as one. */
function joined(code: string): string {
  return code.replace(/`\s*\+\s*`/g, '').replace(/'\s*\+\s*'/g, '');
}

/**
 * The texts that an expression stands for: of a literal, of either branch of a condition, of a constant.
 * @param before the source before the expression: the last constant of a name is meant
 */
function textsOf(expression: string, before: string): string[] {
  const code = expression.trim();
  if (/^['"`]/.test(code) && tokenEnd(code, 0) === code.length) return alternatives(code, before);
  if (/^[a-z]\w*$/.test(code)) {
    const declared = [...before.matchAll(new RegExp(`\\bconst ${code} =`, 'g'))].at(-1);
    if (declared === undefined) return [];
    const start = declared.index + declared[0].length;
    return textsOf(split(before, start, ';')[0] ?? '', before.slice(0, declared.index));
  }
  const [condition = '', rest] = split(code, 0, ' ? ');
  if (rest === undefined || condition === code) return [];
  return split(rest, 0, ' : ').flatMap((branch) => textsOf(branch, before));
}

/** A literal with `…` for what it inserts; if that leaves no words, a text for each literal that it may insert. */
function alternatives(token: string, before: string): string[] {
  let texts = [''];
  const body = token.slice(1, -1);
  for (let at = 0; at < body.length; ) {
    if (token.startsWith('`') && body.startsWith('${', at)) {
      const end = closing(body, at + 2);
      const code = body.slice(at + 2, end);
      const inner = [...quoted(code).flatMap((each) => alternatives(each, before)), ...textsOf(code, before)];
      const choices = ['…', ...inner.filter((text) => /[a-z]/i.test(text))];
      texts = texts.flatMap((text) => choices.map((choice) => text + choice));
      at = end + 1;
    } else {
      const width = body[at] === '\\' ? 2 : 1;
      texts = texts.map((text) => text + body.slice(at + width - 1, at + width));
      at += width;
    }
  }
  const [frame = ''] = texts;
  return isTelling(frame) ? [frame] : texts.filter(isTelling);
}

function isTelling(text: string): boolean {
  return text.replace(/[^a-z]/gi, '').length >= LEAST_LETTERS;
}

/** The literals of a piece of code, outermost ones only. */
function quoted(code: string): string[] {
  const tokens: string[] = [];
  for (let at = 0; at < code.length; ) {
    const end = tokenEnd(code, at);
    if (/['"`]/.test(code.charAt(at))) tokens.push(code.slice(at, end));
    at = end;
  }
  return tokens;
}

function argumentsAt(source: string, start: number): string[] {
  return split(source, start, ',');
}

/** Splits code up to the bracket that closes it; a separator in brackets, literals and comments does not count. */
function split(code: string, start: number, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = start;
  let at = start;
  for (; at < code.length && depth >= 0; ) {
    const char = code.charAt(at);
    if (depth === 0 && code.startsWith(separator, at)) {
      parts.push(code.slice(from, at));
      at += separator.length;
      from = at;
      continue;
    }
    if (/[([{]/.test(char)) depth++;
    if (/[)\]}]/.test(char)) depth--;
    if (depth < 0) break;
    at = tokenEnd(code, at);
  }
  const last = code.slice(from, at);
  return last.trim() === '' ? parts : [...parts, last];
}

/** Where a literal or comment that begins here ends; of any other character, the next. */
function tokenEnd(code: string, start: number): number {
  const quote = code.charAt(start);
  if (code.startsWith('//', start)) return indexOr(code, '\n', start);
  if (code.startsWith('/*', start)) return indexOr(code, '*/', start) + 2;
  if (!/['"`]/.test(quote)) return start + 1;
  for (let at = start + 1; at < code.length; at++) {
    if (code[at] === quote) return at + 1;
    if (code[at] === '\\') at++;
    else if (quote === '`' && code.startsWith('${', at)) at = closing(code, at + 2);
  }
  return code.length;
}

/** Where the brace closes that opened before this. */
function closing(code: string, start: number): number {
  let depth = 0;
  for (let at = start; at < code.length; at = tokenEnd(code, at)) {
    if (code[at] === '{') depth++;
    else if (code[at] === '}' && depth-- === 0) return at;
  }
  return code.length;
}

function indexOr(code: string, text: string, start: number): number {
  const index = code.indexOf(text, start);
  return index === -1 ? code.length : index;
}
