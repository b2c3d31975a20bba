import { problemCount, type Rendering, type Report, warningCount } from '../report.js';

/** For scripts: one JSON object. Its keys are stable; later versions may add some. */
export function renderJson(report: Report): Rendering {
  const { file, version, findings, counts, broker } = report;
  const document = {
    file,
    version,
    valid: problemCount(report) === 0,
    problems: problemCount(report),
    warnings: warningCount(report),
    ...counts,
    ...(broker !== undefined && { broker }),
    findings: findings.map(({ place, excerpt: _excerpt, ...finding }) => ({ ...finding, ...place })),
  };
  return { stdout: `${JSON.stringify(document, undefined, 2)}\n`, stderr: '' };
}
