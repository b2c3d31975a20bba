import type { Environment, Selection } from '../../config/index.js';
import type { ValidationArguments } from '../arguments.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import type { StopSignals } from '../stop-signals.js';
import { render } from './formats/index.js';
import { inspect } from './inspection.js';
import { problemCount } from './report.js';

export interface ValidateContext {
  readonly version: string;
  readonly environment: Environment;
  /** Entries to check; empty: all. */
  readonly selection: Selection;
  readonly signals: StopSignals;
  /** Doubtful values of other flags. */
  readonly warnings: readonly string[];
}

/** Runs `amqp-dispatcher --validate` and returns the exit code; a signal ends it with 1. */
export async function validate(
  file: string,
  { format, strict, broker }: ValidationArguments,
  { version, environment, selection, signals, warnings }: ValidateContext,
): Promise<ExitCode> {
  const stopping = new AbortController();
  const interrupted = new Promise<undefined>((resolve) => {
    signals.listen(() => {
      stopping.abort();
      resolve(undefined);
    });
  });
  const inspected = { file, version, environment, selection, strict, broker, warnings };
  const inspection = inspect({ ...inspected, signal: stopping.signal });
  const report = await Promise.race([inspection, interrupted]);
  if (report === undefined) return EXIT.failed;
  const { stdout, stderr } = render(report, format);
  await Promise.all([write(process.stderr, stderr), write(process.stdout, stdout)]);
  return problemCount(report) > 0 ? EXIT.configuration : EXIT.ok;
}

/** Resolves when the text is written: a long report to a pipe must not be cut by the end of the process. */
function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  // A reader that went away (`| head`) does not change the outcome.
  stream.on('error', () => undefined);
  return new Promise((resolve) => stream.write(text, () => resolve()));
}
