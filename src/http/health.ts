/** One condition of a probe. */
export interface Check {
  readonly name: string;
  readonly isFine: boolean;
  /** What is the case, for `?verbose`. */
  readonly detail: string;
}

/** The probes of Kubernetes and others. */
export interface Health {
  /** The daemon was ready once. */
  readonly startup: () => readonly Check[];
  /** A restart would help. */
  readonly live: () => readonly Check[];
  /** It consumes. */
  readonly ready: () => readonly Check[];
}

/** The answer to a probe: 200 if all checks are fine, otherwise 503. */
export function answerProbe(checks: readonly Check[], isVerbose: boolean): { status: 200 | 503; body: string } {
  const failed = checks.filter(({ isFine }) => !isFine);
  const status = failed.length === 0 ? 200 : 503;
  const shown = isVerbose ? checks : failed;
  const lines = shown.map(({ name, isFine, detail }) => `${isFine ? '[+]' : '[-]'} ${name}: ${detail}`);
  return { status, body: `${[...lines, status === 200 ? 'ok' : 'failed'].join('\n')}\n` };
}
