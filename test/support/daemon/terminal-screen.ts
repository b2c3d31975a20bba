import assert from 'node:assert/strict';
import { waitFor } from '../wait.js';
import type { Terminal } from './terminal.js';

/** A line of the screen that the browser draws: where it stands, and its text. */
// oxlint-disable-next-line no-control-regex
const LINE = /\u001b\[(\d+);1H\u001b\[2K((?:(?!\u001b\[\d+;1H|\u001b\[\?2026l)[\s\S])*)/g;
// oxlint-disable-next-line no-control-regex
const STYLE = /\u001b\[\d*m/g;
const ENTERED = '\u001b[?1049h';
/** Ends the alternate screen; the cursor is visible again, and long lines wrap. */
export const LEFT = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const CLEAR = '\u001b[2J';

/** What a terminal shows after all that the browser has written. */
export function screenOf(written: string): string {
  const lines: string[] = [];
  const sinceClear = written.slice(Math.max(0, written.lastIndexOf(CLEAR)));
  for (const [, row, text = ''] of sinceClear.matchAll(LINE))
    lines[Number(row) - 1] = text.replace(STYLE, '').trimEnd();
  // A line that was not drawn yet is a hole, which `join` makes empty.
  return lines.join('\n');
}

/** Waits until a terminal shows a text. */
export async function shows(terminal: Terminal, text: RegExp): Promise<void> {
  await waitFor(() => text.test(screenOf(terminal.screen)), {
    what: () => `${text} on the screen, which shows\n${screenOf(terminal.screen)}`,
  });
}

/** Asserts that the screen is within a size. */
export function fits(terminal: Terminal, { columns, rows }: { readonly columns: number; readonly rows: number }): void {
  const lines = screenOf(terminal.screen).split('\n');
  assert.ok(lines.length <= rows && lines.every((line) => line.length <= columns), lines.join('\n'));
}

/** Asserts that a program gave the screen and the modes of its terminal back, which ran `stty -a` afterwards. */
export function assertRestored({ screen }: Terminal): void {
  assert.ok(screen.includes(ENTERED), JSON.stringify(screen));
  const modes = screen.slice(screen.lastIndexOf(LEFT) + LEFT.length);
  for (const mode of ['icanon', 'isig', 'echo', 'icrnl', 'opost'])
    assert.match(modes, new RegExp(`[ \\n]${mode}[ \\r]`));
}
