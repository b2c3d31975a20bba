import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { testVhost } from '../../support/broker/test-vhost.js';
import { waitFor } from '../../support/wait.js';
import { repositoryFile } from '../../unit/config/repository-file.js';
import { packPackage } from './packed-package.js';

/** Node.js 22.18 and later load TypeScript; 20 does not know the feature. */
const stripsTypes = 'typescript' in process.features && Boolean(process.features.typescript);

const run = promisify(execFile);

function yaml(consumer: string): string {
  return `queues:\n  - queue: q\nconsumers:\n  - consumer: ${consumer}\n    queue: q\n`;
}

test('the packed package installs elsewhere, and its command runs the consumers of that project', {
  timeout: 180_000,
}, async (t) => {
  const { folder, tarball } = await packPackage();
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'shop', private: true, type: 'module' }));
  await run('npm', ['install', '--no-audit', '--no-fund', '--silent', tarball], { cwd: folder });

  await writeFile(join(folder, 'email.js'), 'export class Email { async consume(amqp) { await amqp.ack(); } }\n');
  await writeFile(join(folder, 'legacy.cjs'), 'exports.Legacy = class { consume() {} };\n');
  await writeFile(
    join(folder, 'types.ts'),
    "import type { Amqp, Consumer, Message } from 'amqp-dispatcher';\n" +
      'export class Typed implements Consumer { async consume(amqp: Amqp, message: Message) { message.json<{ a: 1 }>(); await amqp.ack(); } }\n',
  );
  const command = join(folder, 'node_modules', '.bin', 'amqp-dispatcher');
  for (const consumer of ['./email.js:Email', 'email:Email', './legacy.cjs:Legacy']) {
    await writeFile(join(folder, 'config.yml'), yaml(consumer));
    const { stdout } = await run(command, ['--validate'], { cwd: folder });
    assert.match(stdout, /config\.yml is valid/);
  }
  await writeFile(join(folder, 'config.yml'), yaml('./types.ts:Typed'));
  const typed = await run(command, ['--validate'], { cwd: folder }).then(
    ({ stdout }) => stdout,
    (error: { stderr: string }) => error.stderr,
  );
  // It loads if Node.js strips types; otherwise the error suggests what to do.
  assert.match(typed, !stripsTypes ? /is TypeScript.*compile it/ : /is valid/);

  const vhost = await testVhost(t);
  await (await vhost.channel()).assertQueue('q');
  await vhost.publish('q', 'x');
  await writeFile(join(folder, 'config.yml'), yaml('email:Email'));
  const { PATH, HOME } = process.env;
  const daemon = spawn(command, [], { cwd: folder, env: { PATH, HOME, RABBITMQ_URL: vhost.url }, stdio: 'ignore' });
  const exit = once(daemon, 'exit');
  t.after(() => daemon.kill('SIGKILL'));
  const left = async (): Promise<number> => {
    const { ready = 1, unacked = 1 } = (await vhost.queueDepths()).get('q') ?? {};
    return ready + unacked;
  };
  // Not merely delivered: a message that has not begun goes back to its queue.
  await waitFor(async () => (await left()) === 0, { what: 'the message to be consumed' });
  daemon.kill('SIGTERM');
  assert.deepEqual(await exit, [0, null]);
  assert.equal(await vhost.messageCount('q'), 0);

  const tsc = repositoryFile('node_modules/.bin/tsc');
  await run(tsc, ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--skipLibCheck', 'types.ts'], {
    cwd: folder,
  });
});

test('a bare npm pack in a fresh clone installs its dependencies, builds, and packs', {
  timeout: 480_000,
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'amqp-dispatcher-clone-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const root = dirname(repositoryFile('package-lock.json'));
  const made = ['node_modules', 'dist', '.git'].map((name) => join(root, name));
  await cp(root, folder, { recursive: true, filter: (source) => !made.includes(source) });
  const { stdout } = await run('npm', ['pack', '--json'], { cwd: folder });
  assert.match(stdout, /"path": "dist\/bin\/amqp-dispatcher\.js"/);
  assert.match(stdout, /"path": "config\/dispatcher\.schema\.json"/);
  const page = [
    'main.js',
    'style.css',
    'vendor/preact.js',
    'vendor/preact.LICENSE',
    'vendor/uplot.js',
    'vendor/uplot.LICENSE',
  ];
  for (const name of page) assert.ok(stdout.includes(`"path": "dist/src/console/page/${name}"`), name);
});
