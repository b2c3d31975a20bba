import { writeFile } from 'node:fs/promises';
import { goldenFile, goldenText, inspectBroken, REPORT_FORMATS } from './broken-configurations.js';

/** Writes the golden files of --validate anew; the diff shows every change of wording. */
const reports = await inspectBroken();
for (const format of REPORT_FORMATS) await writeFile(goldenFile(format), goldenText(reports, format));
console.log(`${reports.length} configurations in ${REPORT_FORMATS.length} formats`);
