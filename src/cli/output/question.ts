import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

export interface QuestionStreams {
  readonly input: Readable;
  readonly output: Writable;
  readonly signal: AbortSignal;
}

/** Asks on a terminal; `undefined` when the input ended, the user pressed Ctrl-C, or the signal aborted. */
export function ask(question: string, { input, output, signal }: QuestionStreams): Promise<string | undefined> {
  const lines = createInterface({ input, output });
  return new Promise((resolve) => {
    lines.on('SIGINT', () => lines.close());
    lines.on('close', () => resolve(undefined));
    signal.addEventListener('abort', () => lines.close());
    if (signal.aborted) return lines.close();
    lines.question(question, (answer) => {
      resolve(answer.trim());
      lines.close();
    });
  });
}
