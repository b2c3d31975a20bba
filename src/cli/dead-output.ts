import type { DeadLetters } from '../dead/index.js';
import type { DeadFormat } from './dead-arguments.js';
import { printable } from './printable.js';
import { ProgressBar } from './progress-bar.js';
import { ask } from './question.js';

/** A terminal's width where it does not say. */
const USUAL_COLUMNS = 100;

/** What a command about a dead queue works with. */
export interface DeadWork {
  readonly letters: DeadLetters;
  readonly output: DeadOutput;
  /** Aborted at the first signal: what has begun may end. */
  readonly signal: AbortSignal;
}

/** Where results and news of such a command go: results to stdout, all else to stderr. */
export class DeadOutput {
  readonly format: DeadFormat;
  readonly columns: number;

  constructor(format: DeadFormat | undefined) {
    this.format = format ?? (process.stdout.isTTY ? 'table' : 'json');
    // A pseudo-terminal that nobody has sized says 0.
    this.columns = process.stdout.columns || USUAL_COLUMNS;
  }

  /** Resolves when the line is on its way: a slow reader slows us down, and a reader that went away stops nothing here. */
  async print(line: string): Promise<void> {
    await written(process.stdout, `${line}\n`);
  }

  tell(line: string): void {
    process.stderr.write(`${printable(line)}\n`);
  }

  /** Resolves when all of it is on its way: the end of the process would cut it off. */
  async flush(): Promise<void> {
    await Promise.all([written(process.stdout, ''), written(process.stderr, '')]);
  }

  progress(what: string, total: number): ProgressBar {
    return new ProgressBar({ stream: process.stderr, what, total, nowMs: () => performance.now() });
  }

  /** True when somebody can be asked. */
  get isAttended(): boolean {
    return process.stdin.isTTY && process.stderr.isTTY;
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

/** `1 message`, `2 messages`. */
export function messages(count: number): string {
  return count === 1 ? '1 message' : `${count} messages`;
}
