/** Writes config/dispatcher.schema.json: `node dist/src/config/schema/write-schema.js [FILE]`. */
import { realpathSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { schemaDocument } from './schema.js';

export { schemaDocument };

/** The exact text of the published schema file. */
export function schemaText(): string {
  return `${JSON.stringify(schemaDocument(), null, 2)}\n`;
}

const program = process.argv[1];
if (program !== undefined && realpathSync(program) === fileURLToPath(import.meta.url)) {
  await writeFile(process.argv[2] ?? 'config/dispatcher.schema.json', schemaText());
}
