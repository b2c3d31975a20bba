import type { Logger } from 'pino';

/** Equal lines that are written whole before they share one. */
const WHOLE_LINES = 5;
const PERIOD_MS = 10_000;
/** Kinds of lines that are told apart at one time; all others share their lines. */
const MOST_KINDS = 50;
/** A kind is known by the beginning of its text: it may be a megabyte. */
const KIND_LENGTH = 200;
const TEXT_LENGTH = 1_000;

/** A line that may repeat. */
export interface RepeatableLine {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  /** Lines of one kind are equal: the same words but for numbers, ids and quoted text. */
  readonly kind: string;
  readonly text: string;
  /** Asked for only when the line is written whole. */
  readonly fields: () => object;
}

type KindOfLine = Omit<RepeatableLine, 'fields'>;

export interface RepeatedLinesOptions {
  readonly logger: Logger;
  /** Fields of the line that stands for many. */
  readonly shared: object;
  /** Milliseconds of a clock that only goes forward. */
  readonly nowMs: () => number;
}

interface Kind {
  /** True for the one that stands for all that find no place. */
  readonly isRest: boolean;
  whole: number;
  /** Lines that were not written since the last one was. */
  more: number;
  last: Pick<RepeatableLine, 'level' | 'text'>;
  sinceMs: number;
  isQuiet: boolean;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Lets equal lines share one after the first few: "812 more like this in 10 s". Without it a message that always fails, or a
 * service that is down, fills the disk with one error. A kind that was quiet for 10 s begins anew.
 */
export class RepeatedLines {
  private readonly options: RepeatedLinesOptions;
  private readonly kinds = new Map<string, Kind>();

  constructor(options: RepeatedLinesOptions) {
    this.options = options;
  }

  /** Writes the line, or counts it; tells whether it was written. */
  write(line: RepeatableLine): boolean {
    const { logger } = this.options;
    const { level, text, fields } = line;
    if (!logger.isLevelEnabled(level)) return false;
    const kind = this.kindOf(line);
    kind.last = { level, text };
    if (!this.isAmongFirst(kind)) {
      kind.more++;
      return false;
    }
    logger[level](fields(), shortened(text));
    return true;
  }

  /** True for the first few of a kind: a line that is always written has its stack then. */
  isNew(line: KindOfLine): boolean {
    return this.isAmongFirst(this.kindOf(line));
  }

  /** Writes what was counted: nothing comes any more. */
  flush(): void {
    for (const kind of this.kinds.values()) {
      clearTimeout(kind.timer);
      this.tell(kind);
    }
    this.kinds.clear();
  }

  private isAmongFirst(kind: Kind): boolean {
    kind.isQuiet = false;
    if (kind.whole === WHOLE_LINES) return false;
    kind.whole++;
    return true;
  }

  private kindOf(line: KindOfLine): Kind {
    const name = `${line.level} ${kindName(line.kind)}`;
    const known = this.kinds.get(name);
    if (known !== undefined) return known;
    return this.kinds.size < MOST_KINDS
      ? this.open(name, line, false)
      : (this.kinds.get('') ?? this.open('', line, true));
  }

  private open(name: string, last: KindOfLine, isRest: boolean): Kind {
    const kind: Kind = {
      isRest,
      whole: 0,
      more: 0,
      last,
      sinceMs: 0,
      isQuiet: true,
      timer: undefined,
    };
    this.kinds.set(name, kind);
    this.beginPeriod(name, kind);
    return kind;
  }

  private beginPeriod(name: string, kind: Kind): void {
    kind.isQuiet = true;
    kind.sinceMs = this.options.nowMs();
    kind.timer = setTimeout(() => this.endPeriod(name, kind), PERIOD_MS);
    kind.timer.unref();
  }

  private endPeriod(name: string, kind: Kind): void {
    if (kind.isQuiet) return void this.kinds.delete(name);
    this.tell(kind);
    this.beginPeriod(name, kind);
  }

  private tell(kind: Kind): void {
    const { logger, shared, nowMs } = this.options;
    const { more, isRest, last } = kind;
    if (more === 0) return;
    kind.more = 0;
    const seconds = Math.max(1, Math.round((nowMs() - kind.sinceMs) / 1_000));
    const what = isRest
      ? `${more} more of other kinds in ${seconds} s, the last`
      : `${more} more like this in ${seconds} s`;
    logger[last.level]({ ...shared, repeated: more }, `${what}: ${shortened(last.text)}`);
  }
}

/** What differs from message to message is left out: quoted text, and words with a digit in them. */
function kindName(kind: string): string {
  return kind
    .slice(0, KIND_LENGTH)
    .replaceAll(/"[^"]*(?:"|$)|(?<!\w)'[^']*'|`[^`]*(?:`|$)/g, '""')
    .replaceAll(/[\w-]*\d[\w-]*/g, '#');
}

function shortened(text: string): string {
  return text.length > TEXT_LENGTH ? `${text.slice(0, TEXT_LENGTH)}…` : text;
}
