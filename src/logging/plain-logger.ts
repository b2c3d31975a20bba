import pino, { type Logger } from 'pino';

/** The logger of a command that somebody runs by hand: warnings and errors, as the sentences that they are. */
export function createPlainLogger(writeLine: (line: string) => void): Logger {
  const write = (line: string): void => {
    const { msg }: { readonly msg?: unknown } = JSON.parse(line);
    writeLine(String(msg));
  };
  return pino({ level: 'warn' }, { write });
}
