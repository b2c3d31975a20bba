import { CONTROLS, printable } from '../../logging/index.js';

const LINE_BREAKS = /\s+/g;

export { printable };

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
