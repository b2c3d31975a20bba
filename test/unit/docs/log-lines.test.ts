import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { allTexts, errorMessages, type LoggedLine, loggedLines } from './log-calls.js';

/** docs/log-lines.md is what operators write alert rules from: it must have each line of the sources, and no other. */

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const ROW = /^\| (any|trace|debug|info|warn|error|fatal) +\| `([^`]+)` *\|/gm;
/** A file whose function makes the text of a line. */
const MAKERS = ['src/broker/connection/frame-size.ts'];

const sources = ['src', 'workers'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ path: `${folder}/${name}`, code: readFileSync(join(ROOT, folder, name), 'utf8') })),
);
const rows: LoggedLine[] = [...readFileSync(join(ROOT, 'docs/log-lines.md'), 'utf8').matchAll(ROW)].map(
  ([, level = '', text = '']) => ({ level: level === 'any' ? undefined : level, text }),
);

describe('docs/log-lines.md', () => {
  test('has every line that the sources write, with its level', () => {
    const lines = sources.flatMap(({ path, code }) => loggedLines(code).map((line) => ({ path, ...line })));
    assert.ok(lines.length > 60, `${lines.length} lines were found`);
    // A row may match several lines, such as `requeued: …` and one with more words: it stands for the one with most.
    const meant = rows.map((row) => ({ row, text: closest(row, lines) }));
    const missing = lines.filter((line) => !meant.some(({ row, text }) => text === line.text && isSame(row, line)));
    assert.deepEqual(missing, []);
  });

  test('has no line that no source writes', () => {
    const written = sources.flatMap(({ path, code }): LoggedLine[] => [
      ...loggedLines(code),
      ...errorMessages(code).map((text) => ({ level: undefined, text })),
      ...(MAKERS.includes(path) ? allTexts(code).map((text) => ({ level: undefined, text })) : []),
    ]);
    assert.deepEqual(
      rows.filter((row) => !written.some((line) => isSame(row, line))),
      [],
    );
  });
});

function closest(row: LoggedLine, lines: readonly LoggedLine[]): string | undefined {
  const texts = lines.filter((line) => isSame(row, line)).map(({ text }) => text);
  return texts.toSorted((left, right) => right.length - left.length)[0];
}

function isSame(row: LoggedLine, { level, text }: LoggedLine): boolean {
  if (level !== undefined && row.level !== undefined && level !== row.level) return false;
  const pattern = text.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pattern.join('.*')}$`).test(row.text);
}
