import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

export interface QuestionStreams {
  readonly input: Readable;
  readonly output: Writable;
  /** Takes the question back. */
  readonly signal: AbortSignal;
}

/** Asks on a terminal; `undefined` when there was no answer: the end of the input, Ctrl-C, or the signal. */
export function ask(question: string, { input, output, signal }: QuestionStreams): Promise<string | undefined> {
  const lines = createInterface({ input, output });
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => lines.close());
    lines.on('SIGINT', () => lines.close());
    lines.on('close', () => resolve(undefined));
    lines.question(question, (answer) => {
      resolve(answer.trim());
      lines.close();
    });
  });
}
