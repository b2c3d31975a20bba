/** How much room text takes on a terminal: East Asian characters and emoji take two columns, combining marks none. */

const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });
const ASCII = /^[\u0020-\u007e]*$/;
const NOTHING = /^[\p{Mark}\p{Format}\p{Control}\u1160-\u11ff]+$/u;
/** East Asian Width W and F (https://www.unicode.org/reports/tr11/), and what is drawn as a picture. */
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18d8f}\u{1aff0}-\u{1b2ff}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\p{Emoji}\ufe0f/u;
const ELLIPSIS = '…';
const LAST_COLUMN = /^(?:.*\S {2,}| *)(?=\S)/;
/** A column narrower than this is harder to read than one that is not aligned. */
const NARROWEST_COLUMN = 20;

/** The columns that a text without control characters takes. */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of GRAPHEMES.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** Shortens a text to a width, with `…` at its end. */
export function cutToWidth(text: string, most: number): string {
  if (textWidth(text) <= most) return text;
  return most < 1 ? '' : headOf(text, most - 1) + ELLIPSIS;
}

/** Fills a text with spaces up to a width; a longer one stays as it is. */
export function padToWidth(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

/** Splits a text into lines of at most a width; an empty text is one line. */
export function wrapToWidth(text: string, width: number): string[] {
  const lines: string[] = [];
  for (let rest = text; ; ) {
    const head = headOf(rest, width) || rest.slice(0, 1);
    lines.push(head);
    rest = rest.slice(head.length);
    if (rest === '') return lines;
  }
}

/**
 * Like `wrapToWidth`, but breaks between words where it can. Lines after the first are indented as far as the last part
 * of the text that stands behind two spaces or more: its last column.
 */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  const indent = Math.min(LAST_COLUMN.exec(text)?.[0].length ?? 0, Math.max(0, width - NARROWEST_COLUMN));
  const follow = ' '.repeat(indent);
  let line = text;
  while (textWidth(line) > width) {
    const gap = headOf(line, width + 1).lastIndexOf(' ');
    const head = line.slice(0, gap).trim() !== '' && gap > indent ? line.slice(0, gap) : headOf(line, width);
    if (head.length <= indent) break;
    lines.push(head.trimEnd());
    line = follow + line.slice(head.length).trimStart();
  }
  return [...lines, ...(textWidth(line) > width ? wrapToWidth(line, width) : [line])];
}

function headOf(text: string, most: number): string {
  if (ASCII.test(text)) return text.slice(0, most);
  let width = 0;
  for (const { segment, index } of GRAPHEMES.segment(text)) {
    width += graphemeWidth(segment);
    if (width > most) return text.slice(0, index);
  }
  return text;
}

function graphemeWidth(grapheme: string): number {
  if (NOTHING.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
}
