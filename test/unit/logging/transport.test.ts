import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { destinationFault, locateTarget, optionsFault, targetsOf, withAddresses } from '../../../src/logging/index.js';
import { makeFolder } from '../workers/module-folder.js';

const pretty = { target: 'pino-pretty', options: { colorize: true } };
const file = { target: 'pino/file', options: { destination: 1 } };
const targets = [
  { ...pretty, level: 'warn' },
  { pipeline: [{ target: './tee.mjs' }, file], level: 'info' },
];

function upper(target: string): string {
  return target.toUpperCase();
}

function fault(destination: unknown, more: object = {}, target = 'pino/file'): string | undefined {
  const found = destinationFault({ path: ['transport'], target, options: { destination, ...more } });
  if (found !== undefined) assert.deepEqual(found.path, ['transport', 'options', 'destination']);
  return found?.message;
}

describe('the modules of a transport', () => {
  test('are found in every form, with their paths', () => {
    assert.deepEqual(targetsOf(pretty), [{ path: ['transport'], ...pretty }]);
    assert.deepEqual(targetsOf({ pipeline: [file] }), [{ path: ['transport', 'pipeline', 0], ...file }]);
    assert.deepEqual(targetsOf({ targets }), [
      { path: ['transport', 'targets', 0], ...pretty },
      { path: ['transport', 'targets', 1, 'pipeline', 0], target: './tee.mjs', options: undefined },
      { path: ['transport', 'targets', 1, 'pipeline', 1], ...file },
    ]);
  });

  test('get their addresses, and nothing else changes', () => {
    assert.deepEqual(withAddresses({ targets }, upper), {
      targets: [
        { ...pretty, target: 'PINO-PRETTY', level: 'warn' },
        { pipeline: [{ target: './TEE.MJS' }, { ...file, target: 'PINO/FILE' }], level: 'info' },
      ],
    });
    assert.deepEqual(withAddresses(pretty, upper), { ...pretty, target: 'PINO-PRETTY' });
  });

  test('resolve paths from the folder of the file, which may have any name', (t) => {
    const folder = makeFolder(t, { 'logs/a b#%41.mjs': '', 'elsewhere.mjs': '' });
    const logs = join(folder, 'logs');
    const there = join(logs, 'a b#%41.mjs');
    for (const written of ['./a b#%41.mjs', there, pathToFileURL(there).href]) {
      assert.deepEqual(locateTarget(written, logs, folder), { address: pathToFileURL(there).href, file: there });
    }
    assert.deepEqual(locateTarget('./elsewhere.mjs', logs, folder), { tried: [join(logs, 'elsewhere.mjs')] });
  });

  test('resolve packages from there, the working directory, or the daemon', (t) => {
    const manifest = JSON.stringify({ name: 'mine', version: '1.0.0', main: 'main.js' });
    const folder = makeFolder(t, {
      'app/node_modules/mine/package.json': manifest,
      'app/node_modules/mine/main.js': '',
      'etc/beside.mjs': '',
    });
    const [etc, app] = [join(folder, 'etc'), join(folder, 'app')];
    const found = locateTarget('mine', etc, app);
    assert.ok('file' in found && found.file === join(app, 'node_modules/mine/main.js'));
    const own = locateTarget('pino-pretty', etc, app);
    assert.ok('file' in own && own.file?.includes('pino-pretty'));
    assert.deepEqual(locateTarget('pino/file', etc, app), { address: 'pino/file' });
    assert.deepEqual(locateTarget('none', etc, app), {
      tried: [`the package none from ${etc}`, `the package none from ${app}`],
    });
    const beside = locateTarget('beside.mjs', etc, etc);
    assert.deepEqual(beside, { tried: [`the package beside.mjs from ${etc}`, 'not for ./beside.mjs, which exists'] });
  });
});

describe('the file that a transport writes to', () => {
  test('is rejected when its folder is missing or it is a folder itself', (t) => {
    const folder = makeFolder(t, { 'app.log': '' });
    mkdirSync(join(folder, 'sub'));
    assert.match(
      fault(join(folder, 'none/app.log')) ?? '',
      /none does not exist \(expected one that does, or mkdir: true\)$/,
    );
    assert.match(fault(join(folder, 'none/app.log'), {}, 'pino-pretty') ?? '', /does not exist/);
    assert.match(fault(join(folder, 'sub')) ?? '', /sub is a folder \(expected a file\)$/);
    for (const right of [join(folder, 'app.log'), join(folder, 'sub/new.log'), 1, undefined])
      assert.equal(fault(right), undefined);
    assert.equal(fault(join(folder, 'none/app.log'), { mkdir: true }), undefined);
    assert.equal(fault('none/at/all', {}, './mine.mjs'), undefined);
  });
});

test('options that pino refuses are reported in its words', () => {
  assert.match(optionsFault({ redact: ['a['] }) ?? '', /redact.*a\[/i);
  assert.equal(optionsFault({ redact: ['a.b'], base: null, customLevels: { notice: 35 } }, 'notice'), undefined);
});
