import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { formatProblem, loadConfiguration } from '../../../../src/config/index.js';
import { CONSUMERS, configurationOf, reportOf } from '../readings.js';

const TOKEN = 'a-token-that-is-long-enough';

interface Found {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  readonly tokenFile: string | undefined;
}

/** The findings in a file with these keys of `http`, beside a file `token` of that content. */
async function check(
  t: TestContext,
  { keys, content, mode = 0o600 }: { readonly keys: string; readonly content?: string; readonly mode?: number },
): Promise<Found> {
  const folder = await mkdtemp(join(tmpdir(), 'console-token-'));
  t.after(() => rm(folder, { recursive: true }));
  if (content !== undefined) {
    await writeFile(join(folder, 'token'), content);
    await chmod(join(folder, 'token'), mode);
  }
  const file = join(folder, 'config.yml');
  await writeFile(file, `http: {listen: "127.0.0.1:0", ${keys}}\nqueues: [{queue: mail}]\n${CONSUMERS}`);
  const reading = await loadConfiguration(file, { variables: {} });
  const text = (problem: Parameters<typeof formatProblem>[0]): string =>
    formatProblem(problem).replaceAll(`${folder}/`, '');
  return {
    problems: reading.ok ? [] : reading.problems.map(text),
    warnings: reading.warnings.map(text),
    tokenFile: reading.ok ? reading.configuration.http?.tokenFile?.replace(folder, '') : undefined,
  };
}

describe('the console of a file', () => {
  it('needs a token on an address that other machines reach, and says the way out', () => {
    for (const listen of [
      '":9464"',
      '0.0.0.0:9464',
      '10.0.0.5:9464',
      '"[::]:9464"',
      'example.com:80',
      'localhost.a:1',
    ]) {
      const shown = listen.replaceAll('"', '');
      assert.deepEqual(reportOf(`http:\n  listen: ${listen}\n  console: true\n${CONSUMERS}`), [
        `3:12  http.console  is true without a token, and other machines can reach ${shown} (expected http.token_file beside it, or listen on 127.0.0.1)`,
      ]);
    }
  });

  it('needs no token on loopback, or while it is off', () => {
    const consoles = [
      ['{listen: "127.0.0.1:9464", console: true}', true],
      ['{listen: "[::1]:9464", console: true}', true],
      ['{listen: "localhost:9464", console: true}', true],
      ['{listen: ":9464", console: false}', false],
      ['{listen: ":9464"}', false],
      ['{listen: ":9464", console: true, token_file: ./token}', true],
    ] as const;
    for (const [http, console] of consoles) {
      assert.equal(configurationOf(`http: ${http}\n${CONSUMERS}`).http?.console, console);
    }
  });

  it('finds its token file from the folder of the configuration', async (t) => {
    const found = await check(t, { keys: 'console: true, token_file: token', content: `${TOKEN}\n` });
    assert.deepEqual(found, { problems: [], warnings: [], tokenFile: '/token' });
  });

  it('rejects an empty and a short token, and never shows it', async (t) => {
    const keys = 'console: true, token_file: token';
    const expected = '(expected at least 16 characters: openssl rand -hex 32 makes a token)';
    const place = 'config.yml:1:58  http.token_file  names token, which';
    for (const content of ['', '\n', '    \n']) {
      assert.deepEqual((await check(t, { keys, content })).problems, [`${place} is empty ${expected}`]);
    }
    assert.deepEqual((await check(t, { keys, content: 'fifteen-chars-x\n' })).problems, [
      `${place} holds 15 characters ${expected}`,
    ]);
  });

  it('warns of a missing token file, one that every user can read, and one without a console', async (t) => {
    const keys = 'console: true, token_file: token';
    const place = 'config.yml:1:58  http.token_file  names token, which';
    assert.deepEqual(await check(t, { keys }), {
      problems: [],
      warnings: [`${place} does not exist: the daemon does not start without it`],
      tokenFile: '/token',
    });
    assert.deepEqual((await check(t, { keys, content: TOKEN, mode: 0o644 })).warnings, [
      `${place} every user of this machine can read (expected mode 0600)`,
    ]);
    assert.deepEqual((await check(t, { keys: 'token_file: token', content: TOKEN })).warnings, [
      'config.yml:1:43  http.token_file  has no effect (expected http.console: true beside it)',
    ]);
  });
});
