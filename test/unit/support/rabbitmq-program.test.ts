import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { findOrInstallRabbitmq, TEST_RABBITMQ } from '../../support/installs/rabbitmq-program.js';

describe('TEST_RABBITMQ', () => {
  test('a version selects the root folder in the cache that has it', async (t) => {
    const cache = await emptyFolder(t);
    const root = join(cache, 'amqp-dispatcher/brokers/docker-9.9');
    await mkdir(join(root, 'usr/lib/rabbitmq/lib/rabbitmq_server-9.9.5'), { recursive: true });
    setEnvironment(t, { XDG_CACHE_HOME: cache, [TEST_RABBITMQ]: '9.9' });
    const program = await findOrInstallRabbitmq();
    assert.equal(program?.version, '9.9.5');
    assert.ok(program.server.includes(root));
    assert.equal(program.server.at(-1), '/usr/lib/rabbitmq/bin/rabbitmq-server');
  });

  test('a root folder with another version is refused', async (t) => {
    const cache = await emptyFolder(t);
    const root = join(cache, 'amqp-dispatcher/brokers/docker-9.9');
    await mkdir(join(root, 'opt/rabbitmq/plugins/rabbit-9.90.1'), { recursive: true });
    setEnvironment(t, { XDG_CACHE_HOME: cache, [TEST_RABBITMQ]: '9.9', PATH: '' });
    await assert.rejects(findOrInstallRabbitmq(), /RabbitMQ 9\.9 cannot be had: .*docker-9\.9 has RabbitMQ 9\.90\.1/);
  });

  test('a folder may be an unpacked RabbitMQ', async (t) => {
    const folder = join(await emptyFolder(t), 'rabbitmq_server-3.13.7');
    for (const name of ['sbin/rabbitmq-server', 'sbin/rabbitmqctl', 'bin/epmd'])
      await makeExecutable(join(folder, name));
    setEnvironment(t, { [TEST_RABBITMQ]: folder, PATH: join(folder, 'bin') });
    const program = await findOrInstallRabbitmq();
    assert.equal(program?.version, '3.13.7');
    assert.deepEqual(program.ctl, [join(folder, 'sbin/rabbitmqctl')]);
  });

  test('a folder without RabbitMQ is an error', async (t) => {
    setEnvironment(t, { [TEST_RABBITMQ]: await emptyFolder(t) });
    await assert.rejects(findOrInstallRabbitmq(), /there is no RabbitMQ in /);
  });
});

async function emptyFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rabbitmq-program-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function makeExecutable(file: string): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, '');
  await chmod(file, 0o755);
}

function setEnvironment(t: TestContext, variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) {
    const before = process.env[name];
    process.env[name] = value;
    t.after(() => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    });
  }
}
