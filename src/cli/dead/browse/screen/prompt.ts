import { printableLine } from '../../output/printable.js';
import { isTyped } from './keys.js';
import type { Screen } from './screen.js';

export interface PromptOptions {
  readonly label: string;
  /** Shown until something is typed. */
  readonly hint: string;
  readonly draw: (line: string) => void;
}

const CURSOR = '▏';

/** What ends a prompt. */
export const PROMPT_KEYS = '(Enter: go, Escape: back)';

/** Asks for a line in the last line of the screen; undefined when the user pressed Escape, or the screen ended. */
export async function askLine(screen: Screen, { label, hint, draw }: PromptOptions): Promise<string | undefined> {
  let typed = '';
  for (;;) {
    const line = tailOf(`${label}${printableLine(typed)}`, typed, screen.size.columns);
    draw(typed === '' ? `${line} ${hint}` : line);
    const event = await screen.next();
    if (event.kind === 'end') return undefined;
    if (event.kind === 'resize') continue;
    if (event.name === 'escape') return undefined;
    if (event.name === 'enter') return typed.trim();
    if (event.name === 'backspace') typed = Array.from(typed).slice(0, -1).join('');
    else if (isTyped(event.text)) typed += event.text;
  }
}

/** Blanks at the end count while somebody types; of a long line the end is shown. */
function tailOf(line: string, typed: string, columns: number): string {
  const blanks = /\s*$/.exec(typed)?.[0] ?? '';
  const whole = line.trimEnd() + (typed.trim() === '' ? ' ' : blanks) + CURSOR;
  return Array.from(whole).slice(-columns).join('');
}
