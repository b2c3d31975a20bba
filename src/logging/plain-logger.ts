import pino, { type Logger } from 'pino';

/** Creates a logger for commands run by hand; it prints warnings and errors as plain text. */
export function createPlainLogger(writeLine: (line: string) => void): Logger {
  const write = (line: string): void => {
    const { msg }: { readonly msg?: unknown } = JSON.parse(line);
    writeLine(String(msg));
  };
  return pino({ level: 'warn' }, { write });
}
