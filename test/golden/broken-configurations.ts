import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { render } from '../../src/cli/validate/formats/index.js';
import { inspect } from '../../src/cli/validate/inspection.js';
import { problemCount, REPORT_FORMATS, type Report, type ReportFormat } from '../../src/cli/validate/report.js';
import { readEnvironment } from '../../src/config/index.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FOLDER = 'test/fixtures/broken';

/** The files of test/fixtures/broken, from the root of the repository. */
export const BROKEN_FILES = readdirSync(join(ROOT, FOLDER))
  .filter((name) => name.endsWith('.yml'))
  .toSorted()
  .map((name) => `${FOLDER}/${name}`);

/** Where the expected output of a format is kept. */
export function goldenFile(format: ReportFormat): string {
  return join(ROOT, 'test/golden', `validate.${format}.golden`);
}

/** Validates every broken configuration; the names of files start at the root of the repository. */
export async function inspectBroken(): Promise<Report[]> {
  process.chdir(ROOT);
  const options = {
    version: '0.0.0',
    environment: readEnvironment({}),
    strict: false,
    broker: false,
    signal: AbortSignal.abort(),
  };
  const reports: Report[] = [];
  // One after the other: the modules of all at once could take longer than a module may.
  for (const file of BROKEN_FILES) reports.push(await inspect({ ...options, file }));
  return reports;
}

/** What a format prints for all of them, in the form of the golden files. */
export function goldenText(reports: readonly Report[], format: ReportFormat): string {
  return reports
    .map((report) => {
      const { stdout, stderr } = render(report, format);
      const title = `==== ${report.file}, exit ${problemCount(report) > 0 ? 78 : 0} ====`;
      return `${title}\n${stderr}${stdout}`.replaceAll(ROOT, '/app/');
    })
    .join('\n');
}

export { REPORT_FORMATS };
