/** One argument or property in which a declaration differs from what exists. */
export interface Inequality {
  /** As the broker spells it: `x-message-ttl`, `durable`, `type`. */
  readonly name: string;
  /** As the broker prints them; `none`: not set. */
  readonly received: string;
  readonly current: string;
  /** True where the broker says that its value is text, which may look like a number. */
  readonly isText: boolean;
}

const INEQUIVALENT = /inequivalent arg '([^']+)' for \w+ '.*': received (.+?),? but current is (.+)$/s;

/** Reads a PRECONDITION_FAILED of RabbitMQ; undefined: it says something else. The broker names one difference at a time. */
export function parseInequality(text: string): Inequality | undefined {
  const [, name, received, current] = INEQUIVALENT.exec(text) ?? [];
  if (name === undefined || received === undefined || current === undefined) return undefined;
  return { name, received: plain(received), current: plain(current), isText: current.endsWith("of type 'longstr'") };
}

/** The value that the broker printed, to declare with; undefined: its text does not tell the value. */
export function valueOf({ current: printed, isText }: Inequality): string | number | boolean | undefined {
  if (isText) return printed;
  if (printed === 'none') return undefined;
  if (printed === 'true' || printed === 'false') return printed === 'true';
  return /^-?\d{1,15}$/.test(printed) ? Number(printed) : printed;
}

/** `the value '5' of type 'long'`, `'5'` and `none`. */
function plain(printed: string): string {
  const [, typed, bare] = /^(?:the value '(.*)' of type '\w+'|'(.*)')$/s.exec(printed) ?? [];
  return typed ?? bare ?? printed;
}
