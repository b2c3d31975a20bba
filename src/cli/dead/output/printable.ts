/** C0 except tab and line feed, DEL, and C1: a terminal would act on them. */
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const LINE_BREAKS = /\s+/g;

/** Characters that turn or hide the text around them on a terminal, and the line breaks that are not line feeds. */
const INVISIBLE = /[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/g;

/** Escapes control and invisible characters in foreign text before it reaches a terminal. */
export function printable(text: string): string {
  return text
    .replace(CONTROLS, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replace(INVISIBLE, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Like `printable`, on one line. */
export function printableLine(text: string): string {
  return printable(text.replace(LINE_BREAKS, ' ').trim());
}

/** JSON on one line; escapes the control characters that JSON allows but a terminal would act on. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(
    CONTROLS,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
