import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { findModule } from '../../../../workers/load/module-path.js';
import { makeFolder } from '../module-folder.js';

const manifest = (fields: object): string => JSON.stringify({ version: '1.0.0', ...fields });

describe('a module that is a path', () => {
  test('is found from the folder of the file, or from the root', (t) => {
    const folder = makeFolder(t, { 'workers/email.js': '', 'other.mjs': '' });
    assert.equal(findModule('./workers/email.js', folder), join(folder, 'workers/email.js'));
    assert.equal(findModule('../other.mjs', join(folder, 'workers')), join(folder, 'other.mjs'));
    assert.equal(findModule(join(folder, 'other.mjs'), '/'), join(folder, 'other.mjs'));
    assert.equal(findModule(pathToFileURL(join(folder, 'other.mjs')).href, '/'), join(folder, 'other.mjs'));
  });

  test('may omit its extension', (t) => {
    const folder = makeFolder(t, { 'a.js': '', 'b.mjs': '', 'c.cjs': '', 'd.ts': '', 'both.js': '', 'both.ts': '' });
    const names = ['a', 'b', 'c', 'd', 'both'].map((name) => findModule(`./${name}`, folder));
    assert.deepEqual(
      names,
      ['a.js', 'b.mjs', 'c.cjs', 'd.ts', 'both.js'].map((name) => join(folder, name)),
    );
  });

  test('may omit its extension when its name has a dot', (t) => {
    const folder = makeFolder(t, { 'email.consumer.js': '' });
    assert.equal(findModule('./email.consumer', folder), join(folder, 'email.consumer.js'));
  });

  test('is never a folder', (t) => {
    const folder = makeFolder(t, { 'email.js/readme.txt': '' });
    const deploy = join(folder, 'deploy');
    assert.throws(() => findModule('workers.email', deploy, folder), {
      message:
        `module "workers.email" was not found (looked for the package workers.email from ${deploy}, ` +
        `${tried(deploy)}, ${tried(folder)})`,
    });
    assert.throws(() => findModule('./email.js', folder), { code: 'CONSUMER_MODULE_NOT_FOUND' });
  });
});

describe('a module that is a package', () => {
  test('is found when it is CommonJS, ESM with main, or ESM with the import condition alone', (t) => {
    const folder = makeFolder(t, {
      'node_modules/common/package.json': manifest({ name: 'common', main: './lib/main.js' }),
      'node_modules/common/lib/main.js': '',
      'node_modules/modern/package.json': manifest({
        name: 'modern',
        type: 'module',
        exports: { import: './main.js' },
      }),
      'node_modules/modern/main.js': '',
      'node_modules/nested/package.json': manifest({
        name: 'nested',
        exports: { '.': { import: { node: './node.js', default: './other.js' } }, './sub': { import: './sub.js' } },
      }),
      'node_modules/nested/node.js': '',
      'node_modules/nested/sub.js': '',
    });
    const modules = join(folder, 'node_modules');
    assert.equal(findModule('common', folder), join(modules, 'common/lib/main.js'));
    assert.equal(findModule('common/lib/main.js', folder), join(modules, 'common/lib/main.js'));
    assert.equal(findModule('modern', folder), join(modules, 'modern/main.js'));
    assert.equal(findModule('nested', folder), join(modules, 'nested/node.js'));
    assert.equal(findModule('nested/sub', folder), join(modules, 'nested/sub.js'));
  });

  test('is found with its scope, from a folder further down', (t) => {
    const folder = makeFolder(t, {
      'node_modules/@acme/mail/package.json': manifest({ name: '@acme/mail', exports: { import: './main.mjs' } }),
      'node_modules/@acme/mail/main.mjs': '',
      'node_modules/@acme/plain/package.json': manifest({ name: '@acme/plain' }),
      'node_modules/@acme/plain/index.js': '',
      'config/config.yml': '',
    });
    assert.equal(findModule('@acme/mail', join(folder, 'config')), join(folder, 'node_modules/@acme/mail/main.mjs'));
    assert.equal(findModule('@acme/plain', join(folder, 'config')), join(folder, 'node_modules/@acme/plain/index.js'));
  });

  test('gives no access to paths that it does not export', (t) => {
    const folder = makeFolder(t, {
      'node_modules/closed/package.json': manifest({ name: 'closed', exports: { '.': { import: './main.js' } } }),
      'node_modules/closed/main.js': '',
      'node_modules/closed/inner.js': '',
    });
    assert.throws(() => findModule('closed/inner', folder), { code: 'CONSUMER_MODULE_NOT_FOUND' });
  });
});

describe('the dotted form of the original', () => {
  test('is a path below the folder of the file', (t) => {
    const folder = makeFolder(t, { 'workers/mail/email.js': '', 'workers/module.ts': '', 'flat.cjs': '' });
    assert.equal(findModule('workers.mail.email', folder), join(folder, 'workers/mail/email.js'));
    assert.equal(findModule('workers.module', folder), join(folder, 'workers/module.ts'));
    assert.equal(findModule('flat', folder), join(folder, 'flat.cjs'));
  });

  test('is searched in the working directory after the folder of the file', (t) => {
    const folder = makeFolder(t, { 'jobs/mail.mjs': '', 'jobs/both.js': '', 'deploy/jobs/both.js': '' });
    const deploy = join(folder, 'deploy');
    assert.equal(findModule('jobs.mail', deploy, folder), join(folder, 'jobs/mail.mjs'));
    assert.equal(findModule('jobs.both', deploy, folder), join(deploy, 'jobs/both.js'));
    assert.throws(() => findModule('./jobs/mail.mjs', deploy, folder), { code: 'CONSUMER_MODULE_NOT_FOUND' });
  });

  test('comes after a package of the same name, and before the modules of Node.js', (t) => {
    const folder = makeFolder(t, {
      'events.js': '',
      'socket/io.js': '',
      'node_modules/socket.io/package.json': manifest({ name: 'socket.io' }),
      'node_modules/socket.io/index.js': '',
    });
    assert.equal(findModule('socket.io', folder), join(folder, 'node_modules/socket.io/index.js'));
    assert.equal(findModule('events', folder), join(folder, 'events.js'));
  });
});

function tried(folder: string): string {
  return ['js', 'mjs', 'cjs', 'ts'].map((extension) => join(folder, `workers/email.${extension}`)).join(', ');
}

describe('a module that cannot be found', () => {
  test('is reported with every path that was tried', (t) => {
    const folder = makeFolder(t, {});
    assert.throws(
      () => findModule('workers.email', folder),
      (error) => {
        assert.ok(error instanceof Error && 'code' in error);
        assert.equal(error.code, 'CONSUMER_MODULE_NOT_FOUND');
        for (const part of [
          '"workers.email"',
          `the package workers.email from ${folder}`,
          'workers/email.js',
          'workers/email.ts',
        ]) {
          assert.ok(error.message.includes(part), error.message);
        }
        return true;
      },
    );
    assert.throws(() => findModule('./email.js', folder), {
      name: 'ConfigurationError',
      message: `module "./email.js" was not found (looked for ${join(folder, 'email.js')})`,
    });
    assert.throws(() => findModule('file:///nowhere.js', folder), { code: 'CONSUMER_MODULE_NOT_FOUND' });
  });
});
