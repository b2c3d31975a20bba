import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeReport, RESULTS_FILE } from './report.js';
import { parseResultsFile } from './results-file.js';

/** `npm run bench:report`: writes the charts, and the generated parts of the pages, from docs/performance.json. */

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const read = async (file: string): Promise<string> => readFile(join(ROOT, file), 'utf8');

const files = makeReport(parseResultsFile(await read(RESULTS_FILE)), {
  'docs/performance.md': await read('docs/performance.md'),
  'README.md': await read('README.md'),
});
for (const [file, text] of Object.entries(files)) {
  await mkdir(dirname(join(ROOT, file)), { recursive: true });
  await writeFile(join(ROOT, file), text);
  console.log(`written: ${file}`);
}
