import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { refused } from '../../../../src/control/socket/protocol.js';
import { SocketServer, type SocketServerOptions } from '../../../../src/control/socket/socket-server.js';
import { RecordedLog } from '../../../support/recorded-log.js';

interface Place {
  readonly path: string;
  readonly log: RecordedLog;
  readonly server: (changes?: Partial<SocketServerOptions>) => SocketServer;
}

function place(t: TestContext, name = 'a.sock'): Place {
  const folder = mkdtempSync(join(tmpdir(), 'control-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  const log = new RecordedLog();
  return {
    path,
    log,
    server: (changes = {}) => {
      const server = new SocketServer({ path, logger: log.logger, perform: ({ verb }) => verb, ...changes });
      t.after(() => server.stop());
      return server;
    },
  };
}

/** Everything that comes back until the other side ends. */
function ask(path: string, ...parts: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => {
      for (const part of parts) socket.write(part);
      socket.end();
    });
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

/** A socket file whose process has gone. */
async function leaveStale(path: string): Promise<void> {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(`${path}.other`, () => resolve()));
  const { renameSync } = await import('node:fs');
  // Closing removes the name that it was bound to.
  renameSync(`${path}.other`, path);
  await new Promise<void>((resolve) => other.close(() => resolve()));
  assert.ok(statSync(path).isSocket());
}

describe('the control socket', () => {
  test('has the mode 0600 whatever the umask is, and the umask stays', async (t) => {
    const { path, server } = place(t);
    const before = process.umask(0);
    t.after(() => process.umask(before));
    const starting = server().start();
    assert.equal(process.umask(), 0);
    await starting;
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(process.umask(), 0);
  });

  test('answers each line in order, in whatever pieces it comes', async (t) => {
    const { path, server } = place(t);
    await server().start();
    assert.equal(
      await ask(path, '{"v":1,"ver', 'b":"status"}\n{"v":1,"verb":"running"}', '\n'),
      '{"v":1,"ok":true,"result":"status"}\n{"v":1,"ok":true,"result":"running"}\n',
    );
  });

  test('answers a client that ended its side while a slow verb works', async (t) => {
    const { path, server } = place(t);
    await server({ perform: () => new Promise((resolve) => setImmediate(resolve, 'late')) }).start();
    assert.equal(await ask(path, '{"v":1,"verb":"status"}\n'), '{"v":1,"ok":true,"result":"late"}\n');
  });

  test('refuses what is no request, and goes on', async (t) => {
    const { path, server } = place(t);
    await server().start();
    const [first = '', second = ''] = (await ask(path, 'hello\n{"v":1,"verb":"status"}\n')).split('\n');
    assert.match(first, /"ok":false,"error":\{"code":"CONTROL_REFUSED","message":"a request is a line of JSON/);
    assert.equal(second, '{"v":1,"ok":true,"result":"status"}');
  });

  test('refuses a request of more than 64 KiB, with and without a line feed', async (t) => {
    const { path, server } = place(t);
    await server().start();
    for (const long of [' '.repeat(70_000), `${' '.repeat(70_000)}\n`]) {
      assert.match(await ask(path, long), /"ok":false.*at most 65536 bytes/);
    }
  });

  test('sends an error of a verb with its words, and logs one that is a bug', async (t) => {
    const { path, server, log } = place(t);
    const errors = [refused('there is no entry "x"'), new TypeError('bug')];
    await server({
      perform: () => {
        throw errors.shift() ?? assert.fail();
      },
    }).start();
    const answer = await ask(path, '{"v":1,"verb":"status"}\n{"v":1,"verb":"status"}\n');
    assert.match(answer, /"message":"there is no entry \\"x\\""/);
    assert.match(answer, /it failed: bug/);
    assert.deepEqual(log.messages, ['control request failed: bug']);
  });

  test('is removed at the end', async (t) => {
    const { path, server } = place(t);
    const control = server();
    await control.start();
    await control.stop();
    assert.equal(existsSync(path), false);
  });

  test('replaces one that a dead process left behind', async (t) => {
    const { path, server } = place(t);
    await leaveStale(path);
    await server().start();
    assert.match(await ask(path, '{"v":1,"verb":"status"}\n'), /"ok":true/);
  });

  test('leaves the one of a living process alone, and says so', async (t) => {
    const { path, server } = place(t);
    await server().start();
    await assert.rejects(server().start(), {
      code: 'CONTROL_SOCKET_FAILED',
      message: `cannot create the control socket ${path}: another process listens there`,
    });
    assert.match(await ask(path, '{"v":1,"verb":"status"}\n'), /"ok":true/);
  });

  test('never replaces a file that is no socket', async (t) => {
    const { path, server } = place(t);
    writeFileSync(path, 'precious');
    await assert.rejects(server().start(), {
      code: 'CONTROL_SOCKET_FAILED',
      message: /the path is a file, not a socket$/,
    });
    assert.ok(statSync(path).isFile());
  });

  test('says that its path is too long, or that its folder is missing', async (t) => {
    const long = place(t, `${'x'.repeat(100)}.sock`);
    await assert.rejects(long.server().start(), {
      code: 'CONTROL_SOCKET_FAILED',
      message: /its path has \d+ bytes, and the system allows 107$/,
    });
    const missing = place(t, 'nowhere/a.sock');
    await assert.rejects(missing.server().start(), { code: 'CONTROL_SOCKET_FAILED', message: /ENOENT|EACCES/ });
  });
});
