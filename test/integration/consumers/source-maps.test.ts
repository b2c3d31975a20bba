import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import type { JsonRecord } from '../../support/json-record.js';
import { repositoryFile } from '../../unit/config/repository-file.js';

const run = promisify(execFile);

const TYPES = ['module', 'commonjs'] as const;

/** The compiler leaves the types out, so the lines of its output are others. */
const SOURCE = `/** An order, as the shop
    sends it. */
export interface Order {
  readonly id: string;
  readonly fails: 'at once' | 'later';
}

type Json = { json(): Order };

export class Orders {
  async consume(_amqp: unknown, message: Json): Promise<void> {
    const order: Order = message.json();
    if (order.fails === 'later') setTimeout(() => { throw new Error('thrown later'); });
    else throw new Error(\`no stock for \${order.id}\`);
    await new Promise(() => undefined);
  }
}

export function startup(): void {
  throw new Error('no database');
}
`;

function lineOf(code: string): number {
  return SOURCE.slice(0, SOURCE.indexOf(code)).split('\n').length;
}

/** Compiles the source with the settings of docs/consumers.md, as a package of a type. */
async function compile(folder: string, type: 'commonjs' | 'module'): Promise<void> {
  const page = await readFile(repositoryFile('docs/consumers.md'), 'utf8');
  const [, settings = ''] = /^```json file=tsconfig\.json\n([\s\S]*?)^```$/m.exec(page) ?? [];
  await mkdir(join(folder, 'src'), { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type }));
  await writeFile(join(folder, 'src/orders.ts'), SOURCE);
  await writeFile(join(folder, 'tsconfig.json'), settings);
  await symlink(repositoryFile('node_modules'), join(folder, 'node_modules'));
  await run(repositoryFile('node_modules/.bin/tsc'), ['--project', folder]);
}

/** Runs the compiled class. */
async function runOrders(
  t: TestContext,
  vhost: TestVhost,
  folder: string,
  { env = {}, startup = false }: { readonly env?: Readonly<Record<string, string>>; readonly startup?: boolean } = {},
): Promise<Daemon> {
  const module = join(folder, 'dist/orders.js');
  const config = {
    queues: [{ queue: 'q' }],
    ...(startup && { startup_handler: `${module}:startup` }),
    consumers: [{ consumer: `${module}:Orders`, queue: 'q', retry: { attempts: 1 } }],
  };
  return startDaemon(t, { url: vhost.url, config, env, args: ['--threads', '1'] });
}

/** The stacks of a logged error and its causes. */
function stackOf({ err }: JsonRecord): string {
  return JSON.stringify(err ?? '');
}

describe('compiled TypeScript', () => {
  let root = '';

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'amqp-dispatcher-maps-'));
    await Promise.all(TYPES.map((type) => compile(join(root, type), type)));
  });
  after(() => rm(root, { recursive: true, force: true }));

  for (const type of TYPES) {
    test(`has its source lines in the stacks of a consumer and of a thread that dies (${type})`, async (t) => {
      const folder = join(root, type);
      const vhost = await testVhost(t);
      const daemon = await runOrders(t, vhost, folder);
      await daemon.ready();

      await vhost.publish('q', { id: 'a', fails: 'at once' });
      const thrown = stackOf(await daemon.waitForLine({ msg: /no stock for a/ }));
      assert.ok(thrown.includes(`${folder}/src/orders.ts:${lineOf('throw new Error(`no stock')}:`), thrown);

      await vhost.publish('q', { id: 'b', fails: 'later' });
      const died = stackOf(await daemon.waitForLine((line) => stackOf(line).includes('thrown later')));
      assert.ok(died.includes(`${folder}/src/orders.ts:${lineOf("throw new Error('thrown later")}:`), died);
    });
  }

  test('has its source line in the stack of a startup handler', async (t) => {
    const folder = join(root, 'module');
    const daemon = await runOrders(t, await testVhost(t), folder, { startup: true });
    assert.equal((await daemon.exit()).code, 1);
    const logged = daemon.lines.map(stackOf).find((stack) => stack.includes('no database')) ?? '';
    assert.ok(logged.includes(`${folder}/src/orders.ts:${lineOf("throw new Error('no database")}:`), daemon.stdout);
  });

  test('has the lines of its output in stacks with NODE_OPTIONS=--no-enable-source-maps', async (t) => {
    const vhost = await testVhost(t);
    const env = { NODE_OPTIONS: '--no-enable-source-maps' };
    const daemon = await runOrders(t, vhost, join(root, 'module'), { env });
    await daemon.ready();
    await vhost.publish('q', { id: 'a', fails: 'at once' });
    const thrown = stackOf(await daemon.waitForLine({ msg: /no stock for a/ }));
    assert.match(thrown, /dist\/orders\.js:\d+:\d+/);
    assert.doesNotMatch(thrown, /orders\.ts/);
  });
});
