import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Checks docs/architecture.md, "Layers": which folder may import which, and which library belongs to which folder. */

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** It runs in a browser, so it is a layer of its own. */
const PAGE = 'src/console/page';

/** The folders that each folder may import. Enter new folders here. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  bin: ['src/cli'],
  // Of broker only the comparison of --validate --broker.
  'src/cli': [
    'src/bridge',
    'src/broker',
    'src/config',
    'src/control',
    'src/daemon',
    'src/dead',
    'src/errors',
    'src/logging',
    'src/threads',
    'src/timing',
  ],
  'src/daemon': [
    'src/amqp',
    'src/bridge',
    'src/broker',
    'src/config',
    'src/console',
    'src/control',
    'src/dispatch',
    'src/errors',
    'src/failures',
    'src/http',
    'src/logging',
    'src/metrics',
    'src/threads',
    'src/timing',
    'src/tracing',
  ],
  'src/control': [
    'src/bridge',
    'src/broker',
    'src/config',
    'src/dispatch',
    'src/errors',
    'src/failures',
    'src/metrics',
    'src/threads',
    'src/timing',
  ],
  [PAGE]: ['src/console'],
  'src/console': [
    'src/bridge',
    'src/broker',
    'src/config',
    'src/control',
    'src/dead',
    'src/errors',
    'src/logging',
    'src/timing',
  ],
  'src/metrics': ['src/bridge', 'src/broker', 'src/dispatch', 'src/failures', 'src/threads'],
  'src/http': ['src/errors'],
  'src/tracing': ['src/amqp', 'src/bridge', 'src/errors'],
  'src/dispatch': [
    'src/amqp',
    'src/bridge',
    'src/broker',
    'src/config',
    'src/errors',
    'src/failures',
    'src/logging',
    'src/threads',
    'src/timing',
  ],
  'src/dead': ['src/amqp', 'src/bridge', 'src/broker', 'src/errors', 'src/failures', 'src/timing'],
  'src/failures': ['src/amqp', 'src/bridge', 'src/errors', 'src/timing'],
  'src/broker': ['src/amqp', 'src/bridge', 'src/errors', 'src/timing'],
  'src/threads': ['src/amqp', 'src/bridge', 'src/errors', 'src/timing'],
  // Types only: broker and failures define their options, and config reads them from the file.
  'src/config': ['src/amqp', 'src/bridge', 'src/broker', 'src/errors', 'src/failures', 'src/timing'],
  'src/logging': ['src/bridge', 'src/errors'],
  'src/consumer-api': ['src/amqp', 'src/bridge', 'src/errors', 'src/timing'],
  workers: ['src/amqp', 'src/bridge', 'src/consumer-api', 'src/errors', 'src/logging', 'src/timing', 'src/tracing'],
  'src/bridge': ['src/amqp', 'src/timing'],
  'src/amqp': [],
  'src/errors': [],
  'src/timing': [],
};

const ONLY_IN: Readonly<Record<string, string>> = {
  amqplib: 'src/broker',
  piscina: 'src/threads',
  yargs: 'src/cli',
  'js-yaml': 'src/config',
  ajv: 'workers',
  'ajv-formats': 'workers',
  preact: PAGE,
  uplot: PAGE,
  zod: 'src/config',
  hono: 'src/console',
  '@hono/node-server': 'src/console',
  'pino-pretty': 'src/logging',
  '@opentelemetry/api': 'src/tracing',
};

interface Source {
  readonly file: string;
  readonly folder: string;
  readonly code: string;
  readonly imports: readonly string[];
}

interface Edge {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const IMPORT = /(?:\bfrom\s+|\bimport\s*\(?\s*)(['"])([^'"]+)\1/g;

function folderOf(file: string): string {
  if (file.startsWith(`${PAGE}/`)) return PAGE;
  const parts = file.split('/');
  return parts[0] === 'src' ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
}

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

function readSources(): Source[] {
  return ['src', 'workers', 'bin'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.c?tsx?$/.test(name))
      .map((name) => {
        const file = `${folder}/${name.replaceAll('\\', '/')}`;
        const code = withoutComments(readFileSync(join(ROOT, file), 'utf8'));
        return {
          file,
          folder: folderOf(file),
          code,
          imports: [...code.matchAll(IMPORT)].map(([, , target = '']) => target),
        };
      }),
  );
}

/** The package that an import names; undefined for a path or a Node.js module. */
function packageOf(target: string): string | undefined {
  if (target.startsWith('.') || target.startsWith('node:')) return undefined;
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
}

const sources = readSources();
const edges: Edge[] = sources.flatMap(({ file, folder, imports }) =>
  imports
    .filter((target) => target.startsWith('.'))
    .map((target) => ({ file, from: folder, to: folderOf(relative(ROOT, join(ROOT, dirname(file), target))) }))
    .filter(({ from, to }) => from !== to),
);

function cycleFrom(folder: string, path: readonly string[] = []): readonly string[] | undefined {
  if (path.includes(folder)) return [...path.slice(path.indexOf(folder)), folder];
  for (const to of new Set(edges.filter((edge) => edge.from === folder).map((edge) => edge.to))) {
    const cycle = cycleFrom(to, [...path, folder]);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

describe('the layers', () => {
  test('cover every folder, and find its imports in the sources', () => {
    assert.deepEqual([...new Set(sources.map(({ folder }) => folder))].toSorted(), Object.keys(ALLOWED).toSorted());
    const packages = new Set(sources.flatMap(({ imports }) => imports).map(packageOf));
    for (const name of Object.keys(ONLY_IN)) assert.ok(packages.has(name), `nobody imports ${name}`);
    assert.ok(edges.length > 20, `${edges.length} imports between folders`);
  });

  test('hold: a folder imports only folders below it', () => {
    const trespasses = edges
      .filter(({ from, to }) => !ALLOWED[from]?.includes(to))
      .map(({ file, to }) => `${file} imports ${to}`);
    assert.deepEqual(trespasses, []);
  });

  test('have no cycle', () => {
    for (const folder of Object.keys(ALLOWED)) assert.equal(cycleFrom(folder)?.join(' → '), undefined);
  });

  test('are entered by their index, except by the consumer API, which is small, and for the signal handlers', () => {
    const side = sources.flatMap(({ file, folder, imports }) =>
      imports
        .filter((target) => target.startsWith('.') && !target.endsWith('/index.js') && folder !== PAGE)
        .filter((target) => folderOf(relative(ROOT, join(ROOT, dirname(file), target))) !== folder)
        .map((target) => `${file} imports ${target}`),
    );
    assert.deepEqual(side.toSorted(), [
      'bin/amqp-dispatcher.ts imports ../src/cli/stop-signals.js',
      'src/consumer-api/index.cts imports ../errors/codes.cjs',
      'src/consumer-api/index.cts imports ../errors/dispatcher-error.cjs',
      'src/consumer-api/message.ts imports ../amqp/fields/field-table.js',
      'src/consumer-api/retry-and-reject.cts imports ../timing/duration.cjs',
    ]);
  });
});

describe('the page of the console', () => {
  test('imports nothing from outside its folder but types of the HTTP interface', () => {
    const outside = sources
      .filter(({ folder }) => folder === PAGE)
      .flatMap(({ file, code }) =>
        [...code.matchAll(/^(import|export) ([^;]*?)from '(\.[^']+)'/gms)]
          .filter(([, , , target = '']) => !join(dirname(file), target).startsWith(`${PAGE}/`))
          .map(([, word, names = '', target = '']) => ({
            file,
            isTypes: word === 'import' && names.startsWith('type '),
            target: join(dirname(file), target),
          })),
      );
    assert.ok(outside.length > 3, `${outside.length} imports`);
    assert.deepEqual(
      outside.filter(({ isTypes, target }) => !isTypes || !/^src\/console\/(?!page\/).*api\.js$/.test(target)),
      [],
    );
  });
});

describe('the libraries', () => {
  test('stay in their folders', () => {
    const strays = sources.flatMap(({ file, folder, imports }) =>
      imports
        .map((target) => ONLY_IN[packageOf(target) ?? ''])
        .filter((home) => home !== undefined && home !== folder)
        .map((home) => `${file} uses what belongs to ${home}`),
    );
    assert.deepEqual(strays, []);
  });

  test('are not loaded by name past this test', () => {
    const loads = sources.filter(({ code }) => /\b(?:createRequire|require)\s*\(/.test(code)).map(({ file }) => file);
    assert.deepEqual(loads.toSorted(), [
      'src/broker/connection/amqplib.ts',
      'src/cli/arguments.ts',
      'src/logging/transport.ts',
      'workers/load/module-path.ts',
    ]);
  });

  test('are not patched: no amqplib prototype is assigned, and no listener of its own removed', () => {
    const patches = sources
      .filter(({ folder }) => ['src/amqp', 'src/broker'].includes(folder))
      .filter(({ code }) => /\bprototype\b[^\n]*[^=!<>]=[^=>]|\bremoveAllListeners\b/.test(code));
    assert.deepEqual(patches, []);
  });

  test('are not used by amqp, bridge, errors and timing', () => {
    const used = sources
      .filter(({ folder }) => ['src/amqp', 'src/bridge', 'src/errors', 'src/timing'].includes(folder))
      .flatMap(({ file, imports }) => imports.map((target) => ({ file, name: packageOf(target) })))
      .filter(({ name }) => name !== undefined);
    assert.deepEqual(used, []);
  });
});

describe('the wire', () => {
  test('is loaded only by the broker layer, because it delayed the first message of a worker by 10 ms', () => {
    const loads = sources.filter(
      ({ folder, imports }) => folder !== 'src/amqp' && imports.some((each) => /amqp\/wire\//.test(each)),
    );
    assert.deepEqual([...new Set(loads.map(({ folder }) => folder))], ['src/broker']);
    const codec = sources.filter(({ file }) => /^src\/amqp\/(?!wire\/)/.test(file));
    assert.deepEqual(
      codec.filter(({ imports }) => imports.some((each) => /\/wire\//.test(each))),
      [],
    );
  });
});

describe('the process', () => {
  test('has its environment read in one file', () => {
    const readers = sources.filter(({ code }) => /\bprocess\s*\.\s*env\b|node:process/.test(code));
    assert.deepEqual(
      readers.map(({ file }) => file),
      ['src/config/environment.ts'],
    );
  });

  test('is ended only by bin/', () => {
    const enders = sources.filter(({ code }) =>
      /\bprocess\s*\.\s*(?:exit|abort|kill|reallyExit)\s*\(|\bprocess\.exitCode\s*=/.test(code),
    );
    assert.deepEqual(
      enders.map(({ file }) => file),
      ['bin/amqp-dispatcher.ts'],
    );
  });
});
