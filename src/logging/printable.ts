/** C0 except tab and line feed, DEL, and C1: a terminal would act on them. */
// oxlint-disable-next-line no-control-regex
export const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Characters that turn or hide the text around them on a terminal, and the line breaks that are not line feeds. */
const INVISIBLE = /[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/g;

/** In a JSON line: anything that `printable` would change, and line feeds. Most lines have none. */
const DOUBTFUL = /\\u00[01]|\\[bfnr]|[\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/;

/** pino-pretty shows these as they are, in front of the message. */
const SHOWN_RAW: readonly string[] = ['level', 'time', 'pid', 'hostname', 'name', 'caller'];
const INDENT = '    ';

/** Escapes control and invisible characters in foreign text before it reaches a terminal. */
export function printable(text: string): string {
  return text
    .replace(CONTROLS, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replace(INVISIBLE, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Escapes a JSON log line's texts for a terminal, and indents the message, whose lines could pass for log lines. */
export function printableRecord(line: string, messageKey: string): string {
  if (!DOUBTFUL.test(line)) return line;
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    return printable(line);
  }
  if (typeof record !== 'object' || record === null) return printable(line);
  const isRaw = (key: string): boolean => key === messageKey || SHOWN_RAW.includes(key);
  const entries = Object.entries(record).map(([key, value]: [string, unknown]) => {
    const shown = printableValue(value);
    return [printable(key), isRaw(key) && typeof shown === 'string' ? indented(shown) : shown];
  });
  return `${JSON.stringify(Object.fromEntries(entries))}\n`;
}

function printableValue(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each: unknown) => printableValue(each));
  // pino-pretty shows line feeds in errors; in a stack it indents them itself.
  return Object.fromEntries(
    Object.entries(value).map(([key, each]: [string, unknown]) => {
      const shown = printableValue(each);
      return [printable(key), typeof shown === 'string' && key !== 'stack' ? indented(shown) : shown];
    }),
  );
}

function indented(text: string): string {
  return text.replaceAll('\n', `\n${INDENT}`);
}
