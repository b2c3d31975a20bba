import { messageOf } from '../errors/index.js';
import { EXIT, type ExitCode } from './exit-code.js';

/** A command line that runs nothing: it asks for a text such as the help, or is wrong. */
export type Unperformed =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'usage'; readonly message: string };

/** Prints the text to stdout, or the message to stderr, and returns the exit code. */
export function printUnperformed(request: Unperformed): ExitCode {
  if (request.kind === 'text') {
    console.log(request.text);
    return EXIT.ok;
  }
  console.error(request.message);
  return EXIT.usage;
}

interface Parser {
  parseAsync(args: string[], context: object, done: ParseDone): unknown;
}

type ParseDone = (error: Error | null | undefined, given: unknown, output: string) => void;

/** Runs a parser of yargs, whose handlers may throw; returns what it would print, and why it refuses the words. */
export async function runParser(
  parser: Parser,
  args: readonly string[],
): Promise<{ output: string; error: string | undefined }> {
  let output = '';
  let failure: string | undefined;
  try {
    await parser.parseAsync([...args], {}, (error, _given, written) => {
      output = written;
      if (error !== undefined && error !== null) failure = error.message;
    });
  } catch (error) {
    failure ??= messageOf(error);
  }
  return { output, error: failure };
}
