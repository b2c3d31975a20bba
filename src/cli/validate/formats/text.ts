import { type Finding, type Rendering, type Report, sentenceOf, summaryOf } from '../report.js';

/** For people: findings on stderr, one a line, warnings first; the summary ends the last stream that has something to say. */
export function renderText(report: Report): Rendering {
  const warnings = report.findings
    .filter(({ severity }) => severity === 'warning')
    .map((each) => `warning: ${textOf(each)}`);
  const problems = report.findings.filter(({ severity }) => severity === 'problem').map(textOf);
  const summary = summaryOf(report);
  if (problems.length === 0) return { stdout: linesOf([summary]), stderr: linesOf(warnings) };
  return { stdout: '', stderr: linesOf([...warnings, ...problems, summary]) };
}

/** `FILE:LINE:COLUMN  path  message (expected …)`; below it, for a syntax error, the line of the file. */
export function textOf(finding: Pick<Finding, 'place' | 'path' | 'message' | 'expected' | 'excerpt'>): string {
  const { place, path } = finding;
  const where = place === undefined ? '' : `${place.file}:${place.line}:${place.column}`;
  // The messages about the environment name their variable themselves.
  const parts = [where, place === undefined ? '' : path, sentenceOf(finding)];
  return [parts.filter((part) => part !== '').join('  '), ...frameOf(finding)].join('\n');
}

const WIDEST = 100;

/** The line with a caret below the column. A long line is cut to what stands around it. */
function frameOf({ place, excerpt }: Pick<Finding, 'place' | 'excerpt'>): string[] {
  if (place === undefined || excerpt === undefined) return [];
  const from = place.column > WIDEST ? place.column - WIDEST / 2 : 0;
  const shown = printable(excerpt.slice(from, from + WIDEST));
  const number = String(place.line);
  const caret = ' '.repeat(Math.max(0, place.column - 1 - from));
  return [`  ${number} | ${shown}`, `  ${' '.repeat(number.length)} | ${caret}^`];
}

/** A tab would move the caret, and a terminal would obey an escape sequence. */
function printable(text: string): string {
  return text.replaceAll('\t', '→').replaceAll(/\p{Cc}/gu, '·');
}

function linesOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
