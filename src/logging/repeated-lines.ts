import type { Logger } from 'pino';

/** Equal lines written in full before the rest is only counted. */
const WHOLE_LINES = 5;
const PERIOD_MS = 10_000;
/** Maximum number of kinds; all further lines share one kind. */
const MOST_KINDS = 50;
/** A text may be a megabyte long. */
const KIND_LENGTH = 200;
const TEXT_LENGTH = 1_000;

export interface RepeatableLine {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly kind: string;
  readonly text: string;
  /** Called only when the line is written in full. */
  readonly fields: () => object;
}

type KindOfLine = Omit<RepeatableLine, 'fields'>;

export interface RepeatedLinesOptions {
  readonly logger: Logger;
  readonly shared: object;
  readonly nowMs: () => number;
}

interface Kind {
  readonly isRest: boolean;
  whole: number;
  more: number;
  last: Pick<RepeatableLine, 'level' | 'text'>;
  sinceMs: number;
  isQuiet: boolean;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Writes the first few equal lines and then summaries, "812 more like this in 10 s", so that one error cannot fill the
 * disk. A kind that is quiet for 10 s starts afresh.
 */
export class RepeatedLines {
  private readonly options: RepeatedLinesOptions;
  private readonly kinds = new Map<string, Kind>();
  private suppressedLines = 0;

  constructor(options: RepeatedLinesOptions) {
    this.options = options;
  }

  /** Lines that were only counted, since the start. */
  get suppressed(): number {
    return this.suppressedLines;
  }

  write(line: RepeatableLine): boolean {
    const { logger } = this.options;
    const { level, text, fields } = line;
    if (!logger.isLevelEnabled(level)) return false;
    const kind = this.kindOf(line);
    kind.last = { level, text };
    if (!this.isAmongFirst(kind)) {
      kind.more++;
      this.suppressedLines++;
      return false;
    }
    logger[level](fields(), shortened(text));
    return true;
  }

  isNew(line: KindOfLine): boolean {
    return this.isAmongFirst(this.kindOf(line));
  }

  /** Writes the outstanding summaries when no more lines will come. */
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

/** Leaves out what varies between messages: quoted text, and words with a digit. */
function kindName(kind: string): string {
  return kind
    .slice(0, KIND_LENGTH)
    .replaceAll(/"[^"]*(?:"|$)|(?<!\w)'[^']*'|`[^`]*(?:`|$)/g, '""')
    .replaceAll(/[\w-]*\d[\w-]*/g, '#');
}

function shortened(text: string): string {
  return text.length > TEXT_LENGTH ? `${text.slice(0, TEXT_LENGTH)}…` : text;
}
