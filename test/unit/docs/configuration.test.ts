import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { CORE_SCHEMA, load } from 'js-yaml';
import { formatProblem, parseConfiguration, schemaDocument } from '../../../src/config/index.js';
import { completed } from '../../support/samples/fragment.js';
import { parseSamples } from '../../support/samples/sample.js';

/** Keeps the keys in the pages equal to those of the file. */

/** The section for the keys of a mapping, by the longest prefix of its path: `a.b` is `b` in the section of `a`. */
const SECTIONS = new Map([
  ['', 'The file'],
  ['consumers', 'Consumers'],
  ['consumers.resource_limits', 'Resource limits'],
  ['resource_limits', 'Resource limits'],
  ['connection', 'Connection'],
  ['http', 'HTTP server'],
  ['tracing', 'Tracing'],
  ['control', 'Control socket'],
  ['queues', 'Queues'],
  ['queues.bindings', 'Bindings'],
  ['exchanges', 'Exchanges'],
  ['exchanges.bindings', 'Bindings'],
]);
/** The keys of a consumer entry in the Python program. */
const OF_THE_ORIGINAL = ['consumer', 'queue', 'consumer_count', 'prefetch_count'];

const configuration = pageOf('configuration');
const keys = keysOf(schemaDocument());

describe('docs/configuration.md', () => {
  for (const section of new Set(SECTIONS.values())) {
    test(`lists exactly the existing keys: ${section}`, () => {
      const known = keys.filter((key) => sectionOf(key).title === section).map((key) => sectionOf(key).name);
      assert.ok(known.length > 0);
      assert.deepEqual(new Set(listedIn(sectionText(section))), new Set(known));
    });
  }

  test('shows every key of a consumer entry in a valid example', () => {
    const examples = examplesIn(sectionText('Consumers'));
    assert.ok(examples.length > 5, `${examples.length} examples`);
    for (const example of examples) {
      const reading = parseConfiguration('config.yml', Buffer.from(example));
      assert.deepEqual(reading.ok ? [] : reading.problems.map(formatProblem), []);
    }
    const shown = new Set(examples.flatMap((example) => writtenKeys(load(example, { schema: CORE_SCHEMA }))));
    const missing = keys.filter((key) => sectionOf(key).title === 'Consumers' && !shown.has(key));
    assert.deepEqual(missing, []);
  });
});

describe('docs/migrating.md', () => {
  test('names every key of a consumer entry that the original lacks', () => {
    const page = pageOf('migrating');
    const more = keys.flatMap((key) => /^consumers\.([^.]+)$/.exec(key)?.[1] ?? []);
    assert.deepEqual(
      more.filter((key) => !OF_THE_ORIGINAL.includes(key) && !new RegExp(`\`${key}[\`:]`).test(page)),
      [],
    );
  });
});

function pageOf(name: string): string {
  return readFileSync(new URL(`../../../../docs/${name}.md`, import.meta.url), 'utf8');
}

function sectionText(title: string): string {
  const found = configuration.split(/^## /m).find((each) => each.startsWith(`${title}\n`));
  return found ?? assert.fail(`docs/configuration.md has no section "${title}"`);
}

/** The first column of every table with the head "key". */
function listedIn(section: string): string[] {
  const tables = section.split('\n\n').filter((part) => /^\| key +\|/.test(part));
  return tables.flatMap((table) => [...table.matchAll(/^\| `([\w.]+)`/gm)].map(([, key = '']) => key));
}

function examplesIn(section: string): string[] {
  return parseSamples('docs/configuration.md', section)
    .filter(({ language }) => language === 'yaml')
    .map(({ text }) => completed(text));
}

/** The section that must list a key, and the key's name there. */
function sectionOf(key: string): { readonly title: string; readonly name: string } {
  for (let end = key.lastIndexOf('.'); end > 0; end = key.lastIndexOf('.', end - 1)) {
    const title = SECTIONS.get(key.slice(0, end));
    if (title !== undefined) return { title, name: key.slice(end + 1) };
  }
  return { title: SECTIONS.get('') ?? '', name: key };
}

/** Every key of a JSON Schema as a path; the entries of a list share one. */
function keysOf(schema: unknown, parent: readonly string[] = []): string[] {
  if (!isMapping(schema)) return [];
  const { properties, ...rest } = schema;
  const own = Object.entries(isMapping(properties) ? properties : {});
  return [
    ...own.flatMap(([key, value]) => [[...parent, key].join('.'), ...keysOf(value, [...parent, key])]),
    // The entries of a list, and the alternatives of a nullable value.
    ...Object.values(rest).flatMap((value) =>
      (Array.isArray(value) ? value : [value]).flatMap((each) => keysOf(each, parent)),
    ),
  ];
}

/** The keys of a document in the same way; a list's entries share one path. */
function writtenKeys(value: unknown, parent: readonly string[] = []): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => writtenKeys(each, parent));
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([key, each]) => [
    [...parent, key].join('.'),
    ...writtenKeys(each, [...parent, key]),
  ]);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
