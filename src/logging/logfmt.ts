/** These come first: people read the start of a line. */
const FIRST = ['time', 'level'];
/** Most keys and values; the rule for all is slower. */
const PLAIN = /^[\w./:@+-]+$/;
const BARE = /^[^\s"=\\\p{C}]+$/u;
const NO_KEY = /[\s"=\p{C}]/gu;
/** JSON leaves them, and some readers end a line there. */
const UNESCAPED = /[\u007f-\u009f\u2028\u2029]/g;

/**
 * Formats a JSON log line as logfmt: `time=… level=info msg="sending a mail" queue=email err.type=TypeError`. Nested keys
 * get dots; lists are JSON. Returns a line that is no JSON object unchanged.
 */
export function toLogfmt(line: string, messageKey = 'msg'): string {
  const record = parsed(line);
  if (record === undefined) return line;
  const pairs: string[] = [];
  for (const key of [...FIRST, messageKey]) add(pairs, key, record[key]);
  for (const [key, value] of Object.entries(record)) {
    if (key !== messageKey && !FIRST.includes(key)) add(pairs, key, value);
  }
  return `${pairs.join(' ')}\n`;
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const record: unknown = JSON.parse(line);
    return isTable(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

function add(pairs: string[], key: string, value: unknown): void {
  if (value === undefined) return;
  if (!isTable(value)) return void pairs.push(`${shownKey(key)}=${shown(value)}`);
  const entries = Object.entries(value);
  if (entries.length === 0) return add(pairs, key, '{}');
  for (const [inner, each] of entries) add(pairs, `${key}.${inner}`, each);
}

function shownKey(key: string): string {
  return PLAIN.test(key) ? key : key.replace(NO_KEY, '_') || '_';
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (PLAIN.test(text) || BARE.test(text)) return text;
  return JSON.stringify(text).replace(UNESCAPED, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
