/**
 * Catches SIGTERM and SIGINT from the very start. As PID 1 of a container, a process without handlers ignores them, and
 * the rest of the program takes some hundred milliseconds to load; earlier signals are kept for the listener.
 *
 * SIGHUP is ignored, because its default would end the process at once.
 */
export class StopSignals {
  private readonly received: NodeJS.Signals[] = [];
  private listener: ((signal: NodeJS.Signals, count: number) => void) | undefined;

  constructor() {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => this.receive(name));
    process.on('SIGHUP', () => undefined);
  }

  /** Calls the listener for each signal, past ones included; `count` is 1 for the first. */
  listen(listener: (signal: NodeJS.Signals, count: number) => void): void {
    this.listener = listener;
    this.received.forEach((signal, index) => listener(signal, index + 1));
  }

  private receive(signal: NodeJS.Signals): void {
    this.received.push(signal);
    this.listener?.(signal, this.received.length);
  }
}
