import { writeSync } from 'node:fs';
import { createInterface, emitKeypressEvents, type Key } from 'node:readline';
import { PassThrough } from 'node:stream';
import { keysOf } from './keys.js';

/** Alternate screen, no cursor, no automatic wrapping. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const CLEAR = '\u001b[2J';
/** Before the text: behind a line that fills the screen it would clear the last character. */
const CLEAR_LINE = '\u001b[2K';
/** A terminal draws what is between them at once (https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036). */
const BEGIN_UPDATE = '\u001b[?2026h';
const END_UPDATE = '\u001b[?2026l';
const DEFAULT_SIZE = { columns: 80, rows: 24 };
const STDOUT = 1;
/** How long a sequence of bytes that begins with Escape may take to arrive. */
const ESCAPE_TIMEOUT_MS = 50;

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** `end`: the user pressed Ctrl-C, the terminal is gone, or the program was asked to stop. */
export type ScreenEvent =
  | { readonly kind: 'key'; readonly name: string; readonly text: string }
  | { readonly kind: 'resize' }
  | { readonly kind: 'end' };

/**
 * The whole terminal: every key, every line. It is given back by `leave`, and by whatever else ends the process apart
 * from SIGKILL.
 */
export class Screen {
  private readonly events: ScreenEvent[] = [];
  private readonly ending = new AbortController();
  private drawn: readonly string[] = [];
  private wake: () => void = () => undefined;
  private isEntered = false;
  private readonly signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.signal = signal;
  }

  /** Aborted with the first `end`. */
  get ended(): AbortSignal {
    return this.ending.signal;
  }

  get size(): Size {
    const { columns, rows } = process.stdout;
    // A pseudo-terminal without a size reports 0.
    return { columns: columns || DEFAULT_SIZE.columns, rows: rows || DEFAULT_SIZE.rows };
  }

  enter(): void {
    this.isEntered = true;
    process.once('exit', this.leave);
    // Only an interface can set the time; it must not read the keys itself.
    const timing = createInterface({ input: new PassThrough(), escapeCodeTimeout: ESCAPE_TIMEOUT_MS });
    emitKeypressEvents(process.stdin, timing);
    process.stdin.setRawMode(true);
    process.stdin.on('keypress', this.press).on('end', this.end).on('error', this.end).resume();
    process.stdout.on('resize', this.resize);
    this.signal.addEventListener('abort', this.end);
    if (this.signal.aborted) this.end();
    writeSync(STDOUT, ENTER);
  }

  readonly leave = (): void => {
    if (!this.isEntered) return;
    this.isEntered = false;
    process.removeListener('exit', this.leave);
    process.stdin.removeListener('keypress', this.press);
    process.stdout.removeListener('resize', this.resize);
    try {
      process.stdin.setRawMode(false);
      process.stdin.pause();
      writeSync(STDOUT, LEAVE);
    } catch {
      // The terminal is gone: there is nothing to give back.
    }
  };

  /** Writes the lines that have changed; a line is as long as the screen is wide at most. */
  draw(lines: readonly string[]): void {
    const changed = lines.flatMap((line, index) =>
      line === this.drawn[index] ? [] : [`\u001b[${index + 1};1H${CLEAR_LINE}${line}`],
    );
    this.drawn = lines;
    if (changed.length > 0 && this.isEntered) {
      process.stdout.write(`${BEGIN_UPDATE}${changed.join('')}${END_UPDATE}`);
    }
  }

  /** Draws every line anew the next time. */
  forget(): void {
    this.drawn = [];
    if (this.isEntered) process.stdout.write(CLEAR);
  }

  /** Waits for the next event; after `end` there is no other. */
  async next(): Promise<ScreenEvent> {
    for (;;) {
      if (this.ended.aborted) return { kind: 'end' };
      const event = this.events.shift();
      if (event !== undefined) return event;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** Forgets what was typed while nobody could answer. */
  flush(): void {
    this.events.length = 0;
  }

  private readonly press = (text: string | undefined, key: Key): void => {
    for (const pressed of keysOf(text, key)) {
      if (pressed.name === 'ctrl-c') return this.end();
      this.push({ kind: 'key', ...pressed });
    }
  };

  private readonly resize = (): void => {
    this.forget();
    this.push({ kind: 'resize' });
  };

  private readonly end = (): void => {
    this.ending.abort();
    this.wake();
  };

  private push(event: ScreenEvent): void {
    this.events.push(event);
    this.wake();
  }
}
