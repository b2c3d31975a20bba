import type { SuiteOutcome } from './suite-run.js';

/** One line: a broker or a Node.js with the result of each suite, or why it is not available. */
export interface MatrixRow {
  readonly name: string;
  readonly outcomes: ReadonlyMap<string, SuiteOutcome>;
  readonly missing?: string;
}

/** The table, and below it the sum in the form of every test run. */
export function formatMatrix(title: string, suites: readonly string[], rows: readonly MatrixRow[]): string {
  const cells = rows
    .filter(({ missing }) => missing === undefined)
    .map(({ name, outcomes }) => [name, ...suites.map((suite) => formatOutcome(outcomes.get(suite)))]);
  const table = [[title, ...suites], ...cells];
  const widths = [title, ...suites].map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  const lines = table.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd(),
  );
  const missing = rows.flatMap(({ name, missing: why }) => (why === undefined ? [] : [`${name}: not run. ${why}`]));
  const outcomes = rows.flatMap((row) => [...row.outcomes.values()]);
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
  return [...lines, ...missing, '', `${passed} passed, ${failed} failed`].join('\n');
}

/** True when every suite of every available row has passed. */
export function allPassed(rows: readonly MatrixRow[]): boolean {
  const outcomes = rows.flatMap((row) => [...row.outcomes.values()]);
  return outcomes.length > 0 && outcomes.every(({ ok }) => ok);
}

function formatOutcome(outcome: SuiteOutcome | undefined): string {
  if (outcome === undefined) return 'not run';
  const { ok, passed, failed } = outcome;
  const seconds = Math.round(outcome.seconds);
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} min`;
  return `${passed} passed, ${failed} failed${!ok && failed === 0 ? ', broken off' : ''} in ${time}`;
}
