import { relativeFile } from '../relative-file.js';
import {
  type Finding,
  problemCount,
  type Rendering,
  type Report,
  sentenceOf,
  summaryOf,
  warningCount,
} from '../report.js';
import { textOf } from './text.js';

/** JUnit XML, as GitLab and Jenkins read it: a problem is a failed test, a warning a skipped one. */
export function renderJunit(report: Report): Rendering {
  const { findings } = report;
  const name = relativeFile(report.file);
  const cases = findings.length === 0 ? [passed(name, summaryOf(report))] : findings.map((each) => caseOf(each, name));
  const counts = attributes({
    tests: cases.length,
    failures: problemCount(report),
    errors: 0,
    skipped: warningCount(report),
  });
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="amqp-dispatcher --validate"${counts}>`,
    `  <testsuite${attributes({ name })}${counts}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
  ];
  return { stdout: lines.map((line) => `${line}\n`).join(''), stderr: '' };
}

function passed(classname: string, name: string): string {
  return `    <testcase${attributes({ classname, name, file: classname })}/>`;
}

function caseOf(finding: Finding, classname: string): string {
  const { severity, rule, place, path } = finding;
  const sentence = sentenceOf(finding);
  const name = path === '' ? sentence : `${path} ${sentence}`;
  const where = place === undefined ? { file: classname } : { file: relativeFile(place.file), line: place.line };
  const outcome =
    severity === 'warning'
      ? `      <skipped${attributes({ message: sentence })}/>`
      : `      <failure${attributes({ type: rule, message: sentence })}>${escapeXml(textOf(finding))}</failure>`;
  return [`    <testcase${attributes({ classname, name, ...where })}>`, outcome, '    </testcase>'].join('\n');
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value)).replaceAll('\n', '&#10;')}"`)
    .join('');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** XML 1.0 has no way to write most control characters. */
function escapeXml(text: string): string {
  return text
    .replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
    .replaceAll(/[^\P{Cc}\t\n\r]|[\uFFFE\uFFFF]/gu, '\uFFFD');
}
