import { syncBuiltinESMExports } from 'node:module';
import type { Writable } from 'node:stream';
import { takeWrites } from './taken-writes.js';

/** The levels of the console's methods; `warn` and `assert` write to stderr, all others to stdout. */
export type ConsoleLevel = 'debug' | 'info' | 'warn' | 'error';

/** Writes one line of the log. */
type WriteLine = (level: ConsoleLevel, text: string) => void;

/** Node.js prints its warnings with console.error. */
const NODE_WARNING = /^\(node:\d+\) /;

const LEVEL_OF = { debug: 'debug', trace: 'debug', error: 'error' } as const;

/** The parts of a thread that user code prints with. */
export interface ThreadOutput {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly console: Pick<Console, keyof typeof LEVEL_OF>;
}

/**
 * Makes a log line of each write to this thread's stdout and stderr, and so of each call of the console. Node.js would
 * hand them to the main thread a turn later: what a thread wrote right before its death would be lost, and its text
 * would stand between the JSON lines.
 */
export function redirectOutput({ stdout, stderr, console }: ThreadOutput, writeLine: WriteLine): void {
  let level: ConsoleLevel | undefined;
  takeWrites(stdout, (text) => writeLine(level ?? 'info', text));
  // Not an error: libraries report their progress there.
  takeWrites(stderr, (text) => writeLine(NODE_WARNING.test(text) ? 'warn' : (level ?? 'warn'), text));
  const setLevel = (method: keyof typeof LEVEL_OF): void => {
    const original = console[method];
    console[method] = (...values: unknown[]) => {
      const outer = level;
      // trace() calls error().
      level = outer ?? LEVEL_OF[method];
      try {
        original(...values);
      } finally {
        level = outer;
      }
    };
  };
  setLevel('debug');
  setLevel('trace');
  setLevel('error');
  // For `import { error } from 'node:console'`.
  syncBuiltinESMExports();
}
