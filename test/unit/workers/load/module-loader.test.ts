import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ModuleLoader } from '../../../../workers/load/module-loader.js';
import { makeFolder } from '../module-folder.js';

const CLASS = 'class Email { consume() {} }';
const STRIPS_TYPES = Boolean(Reflect.get(process.features, 'typescript'));

describe('a consumer class', () => {
  test('is loaded from ESM and CommonJS, by name and as the default export', async (t) => {
    const folder = makeFolder(t, {
      'named.mjs': `export ${CLASS}`,
      'default.mjs': `export default ${CLASS}`,
      'named.cjs': `exports.Email = ${CLASS}`,
      'hidden.cjs': `module.exports = Object.assign(Object.create(null), { ['Em' + 'ail']: ${CLASS} })`,
      'whole.cjs': `module.exports = ${CLASS}`,
      'compiled.cjs': `Object.defineProperty(exports, '__esModule', { value: true }); exports.default = ${CLASS}`,
    });
    const loader = new ModuleLoader(folder);
    for (const module of ['./named.mjs', './named.cjs', './hidden.cjs']) {
      assert.equal((await loader.consumerClass({ module, exportName: 'Email' })).name, 'Email', module);
    }
    for (const module of ['./default.mjs', './whole.cjs', './compiled.cjs']) {
      const consumerClass = await loader.consumerClass({ module, exportName: null });
      assert.match(consumerClass.toString(), /^class Email/, module);
    }
  });

  test('in ES syntax in a CommonJS package is refused with the remedy', async (t) => {
    const folder = makeFolder(t, {
      'package.json': '{ "type": "commonjs" }',
      'exports.js': `export ${CLASS}`,
      'imports.js': `import 'node:fs'; export ${CLASS}`,
      'plain.cjs': `export ${CLASS}`,
    });
    const loader = new ModuleLoader(folder);
    for (const name of ['exports', 'imports']) {
      const remedy = `its package.json says "type": "commonjs": name the file ${name}.mjs, or set "type": "module")`;
      await assert.rejects(
        loader.consumerClass({ module: `./${name}.js`, exportName: 'Email' }),
        ({ message }: Error) => message.endsWith(remedy),
      );
    }
    await assert.rejects(
      loader.consumerClass({ module: './plain.cjs', exportName: 'Email' }),
      /name the file plain\.mjs\)$/,
    );
  });

  test('may inherit its consume', async (t) => {
    const folder = makeFolder(t, { 'a.mjs': `${CLASS}; export class Late extends Email {}` });
    assert.equal(
      (await new ModuleLoader(folder).consumerClass({ module: './a.mjs', exportName: 'Late' })).name,
      'Late',
    );
  });

  test('that is anything else is refused, and named as what it is', async (t) => {
    const folder = makeFolder(t, {
      'a.mjs': [
        'export function consume() {}',
        'export const arrow = () => 1;',
        'export const object = { consume() {} };',
        'export class Empty {}',
        'export class Field { consume = () => 1 }',
        'export const nothing = null;',
        'export const text = "Email";',
      ].join('\n'),
    });
    const loader = new ModuleLoader(folder);
    const cases: readonly (readonly [string, RegExp])[] = [
      ['consume', /^export "consume" of ".\/a\.mjs" is a function \(expected a class with a consume method\)/],
      ['arrow', /is a function \(expected a class/],
      ['object', /is an object \(expected a class/],
      ['Empty', /is a class without a consume method/],
      ['Field', /is a class without a consume method .*as a method, not as a field/],
      ['nothing', /is null \(expected a class/],
      ['text', /is a string \(expected a class/],
    ];
    for (const [exportName, message] of cases) {
      const expected = { name: 'ConfigurationError', code: 'CONSUMER_INVALID', message };
      await assert.rejects(loader.consumerClass({ module: './a.mjs', exportName }), expected);
    }
  });
});

describe('a missing export', () => {
  test('is reported with the existing names', async (t) => {
    const folder = makeFolder(t, {
      'a.mjs': `export ${CLASS}\nexport const other = 1;`,
      'b.cjs': 'exports.first = 1; exports.second = 2;',
      'empty.mjs': '',
    });
    const loader = new ModuleLoader(folder);
    const missing = async (module: string, exportName: string | null, message: RegExp): Promise<void> => {
      await assert.rejects(loader.consumerClass({ module, exportName }), { code: 'CONSUMER_EXPORT_MISSING', message });
    };
    await missing('./a.mjs', 'Emial', /"\.\/a\.mjs" has no export "Emial" \(it exports Email, other\)/);
    await missing('./a.mjs', null, /has no default export \(it exports Email, other\)/);
    await missing('./b.cjs', 'third', /has no export "third" \(it exports .*first, second\)/);
    await missing('./empty.mjs', 'Email', /\(it exports nothing\)/);
  });
});

describe('a module that cannot be loaded', () => {
  test('is reported with its path and its own error, which is the cause', async (t) => {
    const folder = makeFolder(t, {
      'throws.mjs': 'throw new RangeError("out of beans")',
      'syntax.mjs': 'export class {',
      'dependency.mjs': 'import "./absent.mjs"',
    });
    const loader = new ModuleLoader(folder);
    const failed = async (module: string, message: RegExp): Promise<void> => {
      await assert.rejects(loader.consumerClass({ module, exportName: 'Email' }), (error) => {
        assert.ok(error instanceof Error && 'code' in error);
        assert.equal(error.code, 'CONSUMER_MODULE_FAILED');
        assert.match(error.message, message);
        return error.cause instanceof Error;
      });
    };
    await failed('./throws.mjs', /failed to load from .*throws\.mjs: RangeError: out of beans/);
    await failed('./syntax.mjs', /SyntaxError/);
    await failed('./dependency.mjs', /absent\.mjs/);
  });

  test('is reported as not found if the file does not exist', async (t) => {
    const loader = new ModuleLoader(makeFolder(t, {}));
    await assert.rejects(loader.consumerClass({ module: './a.js', exportName: null }), {
      code: 'CONSUMER_MODULE_NOT_FOUND',
    });
  });

  test('of TypeScript names the way out if this Node.js does not strip types', async (t) => {
    const folder = makeFolder(t, { 'a.ts': 'export class Email { consume(): void {} }' });
    const loading = new ModuleLoader(folder).consumerClass({ module: './a', exportName: 'Email' });
    if (STRIPS_TYPES) {
      assert.equal((await loading).name, 'Email');
    } else {
      await assert.rejects(loading, {
        code: 'CONSUMER_MODULE_FAILED',
        message: /is TypeScript, which Node\.js v\S+ does not load \(compile it .* or run Node\.js 22\.18 or later/,
      });
    }
  });
});

describe('a middleware', () => {
  test('is a function, and anything else is refused with the expectation', async (t) => {
    const source = `export function timing() {}\nexport ${CLASS}\nexport const n = null;`;
    const loader = new ModuleLoader(makeFolder(t, { 'a.mjs': source }));
    assert.equal((await loader.middleware({ module: './a.mjs', exportName: 'timing' })).name, 'timing');
    for (const [exportName, kind] of [
      ['Email', 'a class'],
      ['n', 'null'],
    ] as const) {
      await assert.rejects(loader.middleware({ module: './a.mjs', exportName }), {
        code: 'CONSUMER_INVALID',
        message: `export "${exportName}" of "./a.mjs" is ${kind} (expected a function, (next) => (amqp, message) => …)`,
      });
    }
  });
});

describe('a startup handler', () => {
  test('is a function, plain or async', async (t) => {
    const folder = makeFolder(t, { 'a.mjs': 'export async function startup() {}\nexport default () => 1;' });
    const loader = new ModuleLoader(folder);
    const named = await loader.startupHandler({ module: './a.mjs', exportName: 'startup' });
    assert.equal(named.startup.name, 'startup');
    const unnamed = await loader.startupHandler({ module: './a.mjs', exportName: null });
    assert.equal(typeof unnamed.startup, 'function');
  });

  test('that is a class or not a function is refused', async (t) => {
    const folder = makeFolder(t, { 'a.mjs': `export ${CLASS}\nexport const n = 1;` });
    const loader = new ModuleLoader(folder);
    const refused = async (exportName: string, message: RegExp): Promise<void> => {
      await assert.rejects(loader.startupHandler({ module: './a.mjs', exportName }), {
        code: 'CONSUMER_INVALID',
        message,
      });
    };
    await refused('Email', /is a class \(expected a function, the startup handler\)/);
    await refused('n', /is a number \(expected a function/);
  });

  test('comes with the export "shutdown" of its module, in ESM and CommonJS, by name and as the default', async (t) => {
    const [startup, shutdown] = ['function startup() {}', 'function shutdown() {}'];
    const folder = makeFolder(t, {
      'named.mjs': `export ${startup}; export ${shutdown}`,
      'default.mjs': `export default ${startup}; export ${shutdown}`,
      'named.cjs': `exports.startup = ${startup}; exports.shutdown = ${shutdown}`,
      'whole.cjs': `module.exports = ${startup}; module.exports.shutdown = ${shutdown}`,
    });
    const loader = new ModuleLoader(folder);
    for (const [module, exportName] of [
      ['./named.mjs', 'startup'],
      ['./default.mjs', null],
      ['./named.cjs', 'startup'],
      ['./whole.cjs', null],
    ] as const) {
      const exported = await loader.startupHandler({ module, exportName });
      assert.deepEqual([exported.startup.name, exported.shutdown?.name], ['startup', 'shutdown'], module);
    }
    const itself = await loader.startupHandler({ module: './named.mjs', exportName: 'shutdown' });
    assert.deepEqual([itself.startup.name, itself.shutdown], ['shutdown', undefined]);
  });

  test('whose module exports a "shutdown" that is no function is refused', async (t) => {
    const folder = makeFolder(t, {
      'object.mjs': 'export function startup() {}; export const shutdown = {}',
      'class.cjs': 'exports.startup = () => {}; exports.shutdown = class {}',
    });
    const loader = new ModuleLoader(folder);
    for (const [module, kind] of [
      ['./object.mjs', 'an object'],
      ['./class.cjs', 'a class'],
    ] as const) {
      await assert.rejects(loader.startupHandler({ module, exportName: 'startup' }), {
        code: 'CONSUMER_INVALID',
        message: `export "shutdown" of "${module}" is ${kind} (expected a function, which undoes the startup handler)`,
      });
    }
  });

  test('whose module exports a function that is probably meant to be "shutdown" names it', async (t) => {
    const loader = new ModuleLoader(
      makeFolder(t, {
        ...Object.fromEntries(
          ['shutDown', 'shutdwon', 'shut_down', 'teardown', 'tearDown', 'startupToo', 'close', 'Stop'].map((name) => [
            `${name}.mjs`,
            `export function startup() {}; export const ${name} = () => {}`,
          ]),
        ),
        'both.mjs': 'export function startup() {}; export function shutdown() {}; export function teardown() {}',
        'value.mjs': 'export function startup() {}; export const shutDown = 1',
      }),
    );
    const misnamed = async (name: string): Promise<string | undefined> =>
      (await loader.startupHandler({ module: `./${name}.mjs`, exportName: 'startup' })).misnamed;
    for (const name of ['shutDown', 'shutdwon', 'shut_down', 'teardown', 'tearDown'])
      assert.equal(await misnamed(name), name);
    for (const name of ['startupToo', 'close', 'Stop', 'both', 'value']) assert.equal(await misnamed(name), undefined);
  });
});
