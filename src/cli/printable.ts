/** C0 without tab and line feed, DEL, and C1: a terminal would act on them. */
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const LINE_BREAKS = /\s+/g;

/** A text of somebody else's, for a terminal: control characters are shown, not sent. */
export function printable(text: string): string {
  return text.replace(CONTROLS, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** The same on one line. */
export function printableLine(text: string): string {
  return printable(text.replace(LINE_BREAKS, ' ').trim());
}

/** JSON on one line; what JSON leaves as it is and a terminal would act on is escaped as well. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(
    CONTROLS,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
