import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { repositoryFile } from '../../unit/config/repository-file.js';
import { type PackedPackage, packPackage } from './packed-package.js';

const run = promisify(execFile);

/** TypeScript 5, because 7 no longer has `node10`. */
const TSC_5 = createRequire(createRequire(import.meta.url).resolve('@arethetypeswrong/core')).resolve(
  'typescript/bin/tsc',
);
const TSC = repositoryFile('node_modules/typescript/bin/tsc');
const JEST = repositoryFile('node_modules/jest/bin/jest.js');

/** The types of a project's package, its compiler and the settings of modules. */
const PROJECTS = [
  ['commonjs', TSC, { module: 'node16' }],
  ['module', TSC, { module: 'node16' }],
  ['commonjs', TSC, { module: 'nodenext' }],
  ['module', TSC, { module: 'nodenext' }],
  ['module', TSC, { module: 'esnext', moduleResolution: 'bundler' }],
  ['commonjs', TSC_5, { module: 'commonjs', moduleResolution: 'node10', esModuleInterop: true }],
] as const;

describe('the packed package', () => {
  let packed: PackedPackage;
  let project = '';

  before(async () => {
    packed = await packPackage();
    project = join(packed.folder, 'project');
    const installed = join(project, 'node_modules/amqp-dispatcher');
    await mkdir(installed, { recursive: true });
    await run('tar', ['-xzf', packed.tarball, '--strip-components', '1', '-C', installed]);
    // What npm would install; package.test.ts installs it with npm.
    await symlink(repositoryFile('node_modules'), join(installed, 'node_modules'));
    await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, type: 'commonjs' }));
  });
  after(() => rm(packed.folder, { recursive: true, force: true }));

  test('is CommonJS for require and an ES module for import, with the same classes in both', async () => {
    const report = `
      const same = Object.keys(required).every((name) => required[name] === imported[name]);
      const retry = new required.Retry({ delay: '5m' });
      console.log(JSON.stringify({ same, isRetry: retry instanceof imported.Retry, ms: retry.delayMs }));`;
    await writeFile(
      join(project, 'main.js'),
      `const required = require('amqp-dispatcher');
      console.log(require.resolve('amqp-dispatcher'));
      import('amqp-dispatcher').then((imported) => {${report}});`,
    );
    await writeFile(
      join(project, 'main.mjs'),
      `import { createRequire } from 'node:module';
      import * as imported from 'amqp-dispatcher';
      const required = createRequire(import.meta.url)('amqp-dispatcher');
      console.log(import.meta.resolve('amqp-dispatcher'));${report}`,
    );
    // Not the ES module for require, because Jest and TypeScript's node16 cannot require it.
    for (const [main, file] of [
      ['main.js', /consumer-api\/index\.cjs$/],
      ['main.mjs', /consumer-api\/index\.js$/],
    ] as const) {
      const { stdout, stderr } = await run(process.execPath, [main], { cwd: project });
      assert.equal(stderr, '');
      const [path = '', line = ''] = stdout.split('\n');
      assert.match(path, file);
      assert.deepEqual(JSON.parse(line), { same: true, isRetry: true, ms: 300_000 });
    }
  });

  test('is one copy in a thread: an ES middleware and the daemon recognize the Reject of a CommonJS consumer', async (t) => {
    await writeFile(
      join(project, 'picky.cjs'),
      "const { Reject } = require('amqp-dispatcher');\n" +
        "exports.Picky = class { consume() { throw new Reject('picky'); } };\n",
    );
    await writeFile(
      join(project, 'judging.mjs'),
      `import { Reject } from 'amqp-dispatcher';
      export const judging = (next, { logger }) => async (amqp, message) => {
        try { await next(amqp, message); } catch (error) { logger.info('Reject: ' + (error instanceof Reject)); throw error; }
      };`,
    );
    const vhost = await testVhost(t);
    const consumer = `${join(project, 'picky.cjs')}:Picky`;
    const middleware = [`${join(project, 'judging.mjs')}:judging`];
    const config = { queues: [{ queue: 'q' }], consumers: [{ consumer, queue: 'q', middleware, retry: {} }] };
    const daemon = await startDaemon(t, { url: vhost.url, config });
    await daemon.ready();
    await vhost.publish('q', 'x');
    await daemon.waitForLine({ msg: /^Reject: true$/ });
    await daemon.waitForLine({ msg: /put into "q\.dead": .*picky/ });
  });

  test('has the samples of docs/consumers.md run as printed, in Jest and in node --test', async () => {
    await mkdir(join(project, 'workers'));
    const page = await readFile(repositoryFile('docs/consumers.md'), 'utf8');
    const samples = [...page.matchAll(/^```js file=(workers\/welcome\.\S+)\n([\s\S]*?)^```$/gm)];
    assert.deepEqual(
      samples.map(([, name]) => name),
      ['workers/welcome.cjs', 'workers/welcome.test.cjs', 'workers/welcome.test.mjs'],
    );
    for (const [, name = '', text = ''] of samples) await writeFile(join(project, name), text);
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const options = { cwd: project, env: { ...env, NO_COLOR: '1' } };
    const jestArguments = [
      '--ci',
      '--watchman=false',
      '--cacheDirectory',
      join(packed.folder, 'jest'),
      'welcome.test.cjs',
    ];
    const jest = await run(process.execPath, [JEST, ...jestArguments], options);
    assert.match(jest.stderr, /^Tests: +3 passed, 3 total$/m);
    const node = await run(process.execPath, ['--test', 'workers/welcome.test.mjs'], options);
    assert.match(node.stdout, /^\S+ pass 3$/m);
  });

  test('gives TypeScript the right types for import and require, under every resolution of modules', async () => {
    const tarball = createPackageFromTarballData(await readFile(packed.tarball));
    const checked = await checkPackage(tarball, { entrypoints: ['.'] });
    assert.ok(checked.types);
    assert.deepEqual(checked.problems, []);
    const outputs = await Promise.all(
      PROJECTS.map(async ([type, compiler, options]) => {
        const folder = join(project, `${type}-${Object.values(options).join('-')}`);
        const compilerOptions = {
          ...options,
          strict: true,
          noEmit: true,
          target: 'es2022',
          lib: ['es2023'],
          types: ['node'],
          typeRoots: [repositoryFile('node_modules/@types')],
        };
        await mkdir(folder);
        await cp(fixture('package/typed.ts'), join(folder, 'typed.ts'));
        await writeFile(join(folder, 'package.json'), JSON.stringify({ type }));
        await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['typed.ts'] }));
        return run(process.execPath, [compiler, '--project', folder]).then(
          ({ stdout }) => stdout,
          ({ stdout }: { stdout: string }) => `${folder}: ${stdout}`,
        );
      }),
    );
    assert.deepEqual(
      outputs,
      PROJECTS.map(() => ''),
    );
  });
});
