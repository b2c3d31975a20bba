import { createReadStream } from 'node:fs';
import { addAbortSignal } from 'node:stream';
import { firstWrongLine, Import } from '../../../dead/index.js';
import { messageOf } from '../../../errors/index.js';
import { EXIT, type ExitCode } from '../../exit-code.js';
import type { CommandOf } from '../arguments/dead-command.js';
import { type DeadWork, messages } from '../output/output.js';
import { jsonLine } from '../output/printable.js';
import { linesOf } from './lines.js';

/** Failures to list one by one: when the broker is away, all lines fail in the same way. */
const LISTED_FAILURES = 10;
const STANDARD_INPUT = '-';

export async function importMessages({ file, skipsPresent }: CommandOf<'import'>, work: DeadWork): Promise<ExitCode> {
  const { letters, output, signal } = work;
  const name = file === STANDARD_INPUT ? 'standard input' : `"${file}"`;
  let count = 0;
  let lines: () => AsyncIterable<string>;
  try {
    lines = await sourceOf(file, signal);
    const wrong = await firstWrongLine(
      counted(lines(), () => count++),
      letters.queue,
    );
    if (wrong !== undefined) {
      output.note(`line ${wrong.lineNumber} of ${name}: ${wrong.why}; nothing was imported`);
      return EXIT.failed;
    }
  } catch (error) {
    const why = signal.aborted ? `interrupted` : `cannot read ${name}: ${messageOf(error)}`;
    output.note(`${why}; nothing was imported`);
    return EXIT.failed;
  }
  const run = new Import(letters);
  if (skipsPresent) {
    await run.skipPresent(letters, { signal });
    // Gives back what it has looked at: others may work on it meanwhile.
    await letters.close();
  }
  const progress = output.progress('importing', count);
  await run.run(lines(), {
    signal,
    onImported: (done) => progress.update(done),
    onFailed: (lineNumber, why) => {
      progress.clear();
      if (run.outcome.failed <= LISTED_FAILURES) output.note(`line ${lineNumber} was not imported: ${why}`);
    },
  });
  progress.clear();
  await printOutcome(run, count, work);
  return run.outcome.failed === 0 && !signal.aborted ? EXIT.ok : EXIT.failed;
}

async function printOutcome(
  { outcome: { imported, skipped, failed } }: Import,
  total: number,
  { letters: { queue }, output, signal }: DeadWork,
): Promise<void> {
  if (failed > LISTED_FAILURES) output.note(`and ${failed - LISTED_FAILURES} more`);
  if (output.format === 'json') {
    return output.print(jsonLine({ queue, total, imported, skipped, failed, interrupted: signal.aborted }));
  }
  const presence = skipped === 0 ? '' : `; ${skipped} were there already`;
  const failures = failed === 0 ? '' : `; ${failed} could not be imported`;
  const interruption = signal.aborted ? '; interrupted: --resume imports the rest' : '';
  await output.print(`imported ${imported} of ${messages(total)} into "${queue}"${presence}${failures}${interruption}`);
}

/** Standard input is read to its end, because it is needed twice: to check it, and to publish it. */
async function sourceOf(file: string, signal: AbortSignal): Promise<() => AsyncIterable<string>> {
  if (file !== STANDARD_INPUT) return () => linesOf(createReadStream(file, 'utf8'));
  const lines: string[] = [];
  for await (const line of linesOf(addAbortSignal(signal, process.stdin.setEncoding('utf8')))) lines.push(line);
  return () => replayed(lines);
}

async function* replayed(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

async function* counted(lines: AsyncIterable<string>, onMessage: () => void): AsyncGenerator<string> {
  for await (const line of lines) {
    if (line.trim() !== '') onMessage();
    yield line;
  }
}
