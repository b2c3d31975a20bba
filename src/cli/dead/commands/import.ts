import { firstWrongLine, Import } from '../../../dead/index.js';
import { messageOf } from '../../../errors/index.js';
import { EXIT, type ExitCode } from '../../exit-code.js';
import { messages } from '../../output/command-output.js';
import { jsonLine } from '../../output/printable.js';
import type { CommandOf } from '../arguments/dead-command.js';
import type { DeadWork } from '../dead-work.js';
import { STANDARD_INPUT, sourceOf } from './import-source.js';

/** Failures to list one by one: when the broker is away, all lines fail in the same way. */
const LISTED_FAILURES = 10;

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
  const { imported, skipped, failed } = run.outcome;
  const found = imported + skipped + failed;
  const hasChanged = found !== count && !signal.aborted;
  if (hasChanged) output.note(`${name} changed during the import: it had ${messages(count)}, and then ${found}`);
  await printOutcome(run, count, work);
  return failed === 0 && !hasChanged && !signal.aborted ? EXIT.ok : EXIT.failed;
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

async function* counted(lines: AsyncIterable<string>, onMessage: () => void): AsyncGenerator<string> {
  for await (const line of lines) {
    if (line.trim() !== '') onMessage();
    yield line;
  }
}
