import { printableLine } from '../output/printable.js';
import { isTyped } from './keys.js';
import type { Screen } from './screen.js';

export interface PromptOptions {
  readonly label: string;
  /** Shown until something is typed. */
  readonly hint: string;
  /** To edit; default: nothing. */
  readonly text?: string;
  /** Typed earlier; the arrow up brings it back. Default: nothing. */
  readonly earlier?: string;
  readonly draw: (line: string) => void;
}

const CURSOR = '▏';
/** Ctrl-U, as in a shell. */
const CLEAR_LINE = '\u0015';

/** What ends a prompt. */
export const PROMPT_KEYS = '(Enter: go, Escape: back)';

/** Asks for a line in the last line of the screen; undefined when the user pressed Escape, or the screen ended. */
export async function askLine(
  screen: Screen,
  { label, hint, draw, text = '', earlier = '' }: PromptOptions,
): Promise<string | undefined> {
  let typed = text;
  for (;;) {
    const { columns } = screen.size;
    const isHinted = typed === text;
    const room = isHinted ? Math.max(Math.floor(columns / 2), columns - hint.length - 1) : columns;
    const line = tailOf(`${label}${printableLine(typed)}`, typed, room);
    draw(isHinted ? `${line} ${hint}` : line);
    const event = await screen.next();
    if (event.kind === 'end') return undefined;
    if (event.kind === 'resize') continue;
    if (event.name === 'escape') return undefined;
    if (event.name === 'enter') return typed.trim();
    if (event.name === 'backspace') typed = Array.from(typed).slice(0, -1).join('');
    else if (event.text === CLEAR_LINE) typed = '';
    else if (isTyped(event.text)) typed += event.text;
    else if (event.name === 'k' && earlier !== '') typed = earlier;
  }
}

/** Blanks at the end count while somebody types; of a long line the end is shown. */
function tailOf(line: string, typed: string, columns: number): string {
  const blanks = /\s*$/.exec(typed)?.[0] ?? '';
  const whole = line.trimEnd() + (typed.trim() === '' ? ' ' : blanks) + CURSOR;
  return Array.from(whole).slice(-columns).join('');
}
