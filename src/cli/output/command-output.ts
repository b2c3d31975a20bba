import { printable } from './printable.js';
import { ProgressBar } from './progress-bar.js';
import { ask } from './question.js';

const USUAL_COLUMNS = 100;

/** How a command writes its results. */
export type OutputFormat = 'table' | 'json';

/** Writes a command's results to stdout and everything else to stderr. */
export class CommandOutput {
  readonly format: OutputFormat;
  readonly columns: number;
  private notes: ((line: string) => void) | undefined;

  constructor(format: OutputFormat | undefined) {
    this.format = format ?? (process.stdout.isTTY ? 'table' : 'json');
    // A pseudo-terminal without a size reports 0.
    this.columns = process.stdout.columns || USUAL_COLUMNS;
  }

  /** Resolves when the line is written, so that a slow reader slows us down; a reader that went away is ignored. */
  async print(line: string): Promise<void> {
    await written(process.stdout, `${line}\n`);
  }

  note(line: string): void {
    if (this.notes !== undefined) this.notes(line);
    else process.stderr.write(`${printable(line)}\n`);
  }

  /** Gives notes to somebody who shows them; `undefined`: to stderr again. */
  redirectNotes(listener: ((line: string) => void) | undefined): void {
    this.notes = listener;
  }

  /** Resolves when everything is written; the process would cut it off by exiting. */
  async flush(): Promise<void> {
    await Promise.all([written(process.stdout, ''), written(process.stderr, '')]);
  }

  progress(what: string, total: number): ProgressBar {
    return new ProgressBar({ stream: process.stderr, what, total, nowMs: () => performance.now() });
  }

  get isInteractive(): boolean {
    return process.stdin.isTTY && process.stderr.isTTY;
  }

  /** True when a program can take the whole screen and every key. */
  get isFullScreen(): boolean {
    return process.stdin.isTTY && process.stdout.isTTY;
  }

  ask(question: string, signal: AbortSignal): Promise<string | undefined> {
    return ask(question, { input: process.stdin, output: process.stderr, signal });
  }
}

function written(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => {
    stream.write(text, () => resolve());
  });
}

export function messages(count: number): string {
  return count === 1 ? '1 message' : `${count} messages`;
}
