import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RULES, type Rule } from '../../../config/index.js';
import { repositoryFile } from '../relative-file.js';
import { type Finding, type Place, problemCount, type Rendering, type Report, sentenceOf } from '../report.js';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** SARIF 2.1.0, for code scanning and editors. */
export function renderSarif(report: Report): Rendering {
  const rules = [...new Set(report.findings.map(({ rule }) => rule))].toSorted();
  const failed = problemCount(report) > 0;
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'amqp-dispatcher', version: report.version, rules: rules.map(descriptorOf) } },
        invocations: [{ executionSuccessful: true, exitCode: failed ? 78 : 0 }],
        columnKind: 'utf16CodeUnits',
        results: report.findings.map((finding) => resultOf(finding, rules, report.file)),
      },
    ],
  };
  return { stdout: `${JSON.stringify(log, undefined, 2)}\n`, stderr: '' };
}

function descriptorOf(rule: Rule): object {
  return { id: rule, shortDescription: { text: RULES[rule] } };
}

function resultOf(finding: Finding, rules: readonly Rule[], file: string): object {
  const { rule, severity, path, place } = finding;
  const sentence = sentenceOf(finding);
  return {
    ruleId: rule,
    ruleIndex: rules.indexOf(rule),
    level: severity === 'problem' ? 'error' : 'warning',
    message: { text: path === '' || place === undefined ? sentence : `${path} ${sentence}` },
    locations: [
      {
        // Code scanning shows no result without a place.
        physicalLocation: physicalLocation(place ?? { file, line: 1, column: 1 }),
        ...(path !== '' && { logicalLocations: [{ fullyQualifiedName: path }] }),
      },
    ],
  };
}

function physicalLocation({ file, line, column }: Place): object {
  const path = repositoryFile(file);
  const artifactLocation = isAbsolute(path)
    ? { uri: pathToFileURL(path).href }
    : { uri: path.split('/').map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' };
  return { artifactLocation, region: { startLine: line, startColumn: column } };
}
