import { repositoryFile } from '../relative-file.js';
import { type Finding, type Rendering, type Report, sentenceOf, summaryOf } from '../report.js';

/**
 * For GitHub Actions: each finding is a workflow command, which annotates the line in a pull request
 * (https://docs.github.com/actions/reference/workflow-commands-for-github-actions#setting-an-error-message).
 */
export function renderGithub(report: Report): Rendering {
  const lines = [...report.findings.map(commandOf), summaryOf(report)];
  return { stdout: lines.map((line) => `${line}\n`).join(''), stderr: '' };
}

function commandOf(finding: Finding): string {
  const { severity, rule, place, path } = finding;
  const properties: readonly (readonly [string, string])[] = [
    ...(place === undefined
      ? []
      : ([
          ['file', repositoryFile(place.file)],
          ['line', String(place.line)],
          ['col', String(place.column)],
        ] as const)),
    ['title', path === '' ? rule : `${path} (${rule})`],
  ];
  const written = properties.map(([name, value]) => `${name}=${escapeProperty(value)}`).join(',');
  return `::${severity === 'problem' ? 'error' : 'warning'} ${written}::${escapeData(sentenceOf(finding))}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
