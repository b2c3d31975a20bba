import type { Problem, Rule } from '../../config/index.js';

/** The formats of `--validate`. */
export const REPORT_FORMATS = ['text', 'json', 'github', 'sarif', 'junit'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** A problem, or a warning, of the file or of what it needs. */
export interface Finding {
  readonly severity: 'problem' | 'warning';
  readonly rule: Rule;
  /** Absent: it is not in a file, but in the environment or at the broker. */
  readonly place?: Place;
  /** Path in the file, such as `queues[0].durable`, or the name of a variable; empty: the whole file. */
  readonly path: string;
  readonly message: string;
  readonly expected?: string;
  /** The line of the file, for a syntax error. */
  readonly excerpt?: string;
}

/** A place in a file; line and column count from 1, columns in UTF-16 units. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Everything that `--validate` found. */
export interface Report {
  /** The configuration file as the user wrote it. */
  readonly file: string;
  /** The version of this program. */
  readonly version: string;
  /** In reading order, those without a place last. */
  readonly findings: readonly Finding[];
  /** Absent: the file has problems. */
  readonly counts?: { readonly queues: number; readonly consumers: number };
  /** The broker that was asked, such as `RabbitMQ 4.0.5`; absent: none was. */
  readonly broker?: string;
}

/** What a format prints. */
export interface Rendering {
  readonly stdout: string;
  readonly stderr: string;
}

export function problemCount({ findings }: Pick<Report, 'findings'>): number {
  return findings.filter(({ severity }) => severity === 'problem').length;
}

export function warningCount({ findings }: Pick<Report, 'findings'>): number {
  return findings.filter(({ severity }) => severity === 'warning').length;
}

/** The message with what was expected, as one sentence without its place. */
export function sentenceOf({ message, expected }: Pick<Finding, 'message' | 'expected'>): string {
  return expected === undefined ? message : `${message} (expected ${expected})`;
}

/** The last line for people: how it ended. */
export function summaryOf(report: Report): string {
  const problems = problemCount(report);
  if (problems > 0) return `${problems === 1 ? '1 problem' : `${problems} problems`} found, nothing was run`;
  const { queues = 0, consumers = 0 } = report.counts ?? {};
  const warnings = warningCount(report);
  const details = [
    `queues: ${queues}`,
    `consumers: ${consumers}`,
    ...(warnings > 0 ? [`warnings: ${warnings}`] : []),
    ...(report.broker === undefined ? [] : [`broker: ${report.broker}`]),
  ];
  return `${report.file} is valid (${details.join(', ')})`;
}

/** A problem of a file as a finding; `rule` counts where the problem names none. */
export function findingOf(problem: Problem, severity: Finding['severity'], rule: Rule): Finding {
  const { file, line, column, ...rest } = problem;
  return { severity, rule, place: { file, line, column }, ...rest };
}
