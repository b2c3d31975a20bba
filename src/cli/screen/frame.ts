import { DispatcherError } from '../../errors/index.js';
import { printableLine } from '../output/printable.js';
import { GAP } from '../output/table-layout.js';
import { cutToWidth, padToWidth, textWidth } from '../output/text-width.js';
import { askLine, PROMPT_KEYS, type PromptOptions } from './prompt.js';
import type { Screen } from './screen.js';

const REVERSE = '\u001b[7m';
const PLAIN = '\u001b[0m';
const REDRAWN_EVERY_MS = 100;

/** What stands on the screen above its last line. */
export interface View {
  readonly title: string;
  /** Fills the lines between the title and the last line. */
  readonly body: readonly string[];
  /** Keys for the last line, the most useful first. */
  readonly hints: readonly string[];
}

/** Draws a view with its title, and under it a question, a message of the program, or hints. */
export class Frame {
  private readonly screen: Screen;
  private readonly view: () => View;
  private status = '';
  private drawnAt = 0;
  /** What stands in the last line while somebody answers. */
  private question: string | undefined;

  constructor(screen: Screen, view: () => View) {
    this.screen = screen;
    this.view = view;
  }

  /** Shows a message of the program in the last line until the next key. */
  say(text: string): void {
    this.status = printableLine(text);
  }

  /** Does a work, and shows its error in the last line. @throws what is no DispatcherError */
  async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof DispatcherError)) throw error;
      this.say(error.message);
    }
  }

  /** The lines that are left beside so many others; at least one. */
  rowsBeside(others: number): number {
    return Math.max(1, this.screen.size.rows - others);
  }

  /** The name of the next key; undefined when the screen has ended. */
  async nextKey(): Promise<string | undefined> {
    for (;;) {
      this.draw();
      const event = await this.screen.next();
      if (event.kind === 'end') return undefined;
      if (event.kind === 'resize') continue;
      this.status = '';
      if (event.name !== 'redraw') return event.name;
      this.screen.forget();
    }
  }

  /** Asks for a line; undefined when the user pressed Escape, or the screen ended. */
  async ask(label: string, options: Partial<PromptOptions> = {}): Promise<string | undefined> {
    const draw = (line: string): void => this.draw((this.question = line));
    try {
      return await askLine(this.screen, { label, hint: PROMPT_KEYS, draw, ...options });
    } finally {
      this.question = undefined;
    }
  }

  /** Waits for one key: true for y. */
  async confirm(question: string): Promise<boolean> {
    this.question = `${printableLine(question)} (y/n)`;
    const key = await this.nextKey();
    this.question = undefined;
    return key === 'y';
  }

  /** Draws what has changed, under a question as well. */
  refresh(): void {
    this.draw();
  }

  /** Shows how far a work is, ten times a second at most. */
  progress(text: string): void {
    const now = performance.now();
    if (now - this.drawnAt < REDRAWN_EVERY_MS) return;
    this.drawnAt = now;
    this.draw(`${text} …`);
  }

  private draw(lastLine?: string): void {
    const { columns, rows } = this.screen.size;
    const { title, body, hints } = this.view();
    const heading = `${REVERSE}${padToWidth(cutToWidth(title, columns), columns)}${PLAIN}`;
    const last = cutToWidth(lastLine ?? this.question ?? (this.status || hintsFor(hints, columns)), columns);
    this.screen.draw([heading, ...body].slice(0, rows - 1).concat(last));
  }
}

/** As many as fit; `…` stands for the others, which the help has. */
export function hintsFor(hints: readonly string[], columns: number): string {
  const whole = hints.join(GAP);
  if (textWidth(whole) <= columns) return whole;
  let line = '';
  for (const hint of hints) {
    const longer = `${line}${hint}${GAP}`;
    if (textWidth(longer) + 1 <= columns) line = longer;
  }
  return cutToWidth(`${line}…`, columns);
}
