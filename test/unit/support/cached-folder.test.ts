import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { makeCachedFolder } from '../../support/installs/cached-folder.js';
import { waitFor } from '../../support/wait.js';

const MODULE = new URL('../../support/installs/cached-folder.js', import.meta.url).href;

describe('a cached folder', () => {
  test('has the files that the command made', async (t) => {
    const folder = join(await emptyFolder(t), 'forky');
    await makeCachedFolder({ folder, fill: (empty) => ['/bin/sh', '-c', `echo all >${empty}/file`] });
    assert.equal(await readFile(join(folder, 'file'), 'utf8'), 'all\n');
  });

  test('is absent after a failed command, whose output is in the error', async (t) => {
    const parent = await emptyFolder(t);
    const folder = join(parent, 'forky');
    const made = makeCachedFolder({
      folder,
      fill: (empty) => ['/bin/sh', '-c', `echo half >${empty}/file; echo no space; exit 3`],
    });
    await assert.rejects(made, /exit code 3.*no space/s);
    assert.deepEqual(await readdir(parent), ['forky.log']);
  });

  test('is absent, with all its files, when the process is killed during the command', async (t) => {
    const parent = await emptyFolder(t);
    const folder = join(parent, 'forky');
    const script = `
      import { makeCachedFolder } from ${JSON.stringify(MODULE)};
      const fill = (empty) => ['/bin/sh', '-c', \`echo half >\${empty}/file; sleep 60\`];
      await makeCachedFolder({ folder: ${JSON.stringify(folder)}, fill });`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'ignore' });
    const part = join(parent, `forky.part-${child.pid}`, 'folder');
    await waitFor(() => existsSync(join(part, 'file')), { what: 'half a folder' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    await waitFor(async () => (await readdir(parent)).join() === 'forky.log', { what: 'the half folder to go' });
  });

  test('removes the leftovers of a dead process first', async (t) => {
    const parent = await emptyFolder(t);
    const folder = join(parent, 'forky');
    const gone = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(gone, 'exit');
    await makeCachedFolder({
      folder: `${folder}.part-${gone.pid}`,
      fill: (empty) => ['/bin/sh', '-c', `: >${empty}/file`],
    });
    await makeCachedFolder({ folder, fill: (empty) => ['/bin/sh', '-c', `: >${empty}/file`] });
    assert.deepEqual(
      (await readdir(parent)).filter((name) => !name.endsWith('.log')),
      ['forky'],
    );
  });
});

async function emptyFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cached-folder-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
