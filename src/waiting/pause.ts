/**
 * Waits, or returns early when one of the signals aborts. Several, and not one made by `AbortSignal.any`: Node.js keeps a
 * note of each such signal in those that it was made of for as long as they live, and some live as long as the daemon.
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
