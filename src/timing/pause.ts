/**
 * Waits, or returns early when one of the signals aborts. Takes several signals rather than one from `AbortSignal.any`,
 * because Node.js keeps each combined signal registered on its sources, and some of those live as long as the daemon.
 */
export function pause(ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    if (signals.some(({ aborted }) => aborted)) return resolve();
    const wake = (): void => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    for (const signal of signals) signal.addEventListener('abort', wake);
  });
}
