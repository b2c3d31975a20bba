import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dump } from 'js-yaml';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { CLEAN, FAILED } from '../../support/daemon/stage.js';
import { parseRecordLines } from '../../support/json-record.js';
import { CertificateAuthority } from '../../support/network/certificates.js';
import { TlsFront } from '../../support/network/tls-front.js';

/** No broker listens here, because dead must reject the file before it connects. */
const NOWHERE = 'amqp://guest:guest@127.0.0.1:1/';
/** The command must not load it. */
const CONSUMERS = [{ consumer: './absent.js', queue: 'q' }];

for (const [how, args, env] of [
  ['--config', ['--config', 'broken.yml'], {}],
  ['AMQP_DISPATCHER_CONFIG', [], { AMQP_DISPATCHER_CONFIG: 'broken.yml' }],
] as const) {
  test(`dead refuses an invalid file with exit 78 and the position of each problem: ${how}`, async (t) => {
    const text = `consumers: ${JSON.stringify(CONSUMERS)}\nconnection:\n  connect_timeout: soon\n  tls: { ca: 5 }\n`;
    const files = { 'broken.yml': text };
    const command = await startDaemon(t, { url: NOWHERE, files, env, args: ['dead', 'list', 'q', ...args] });
    assert.deepEqual(await command.exit(), { code: 78, signal: null }, command.stderr);
    const places = command.stderr
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/).slice(0, 2));
    assert.deepEqual(places, [
      ['broken.yml:3:20', 'connection.connect_timeout'],
      ['broken.yml:4:14', 'connection.tls.ca'],
    ]);
    assert.equal(command.stdout, '');
  });
}

for (const [what, args, expected] of [
  ['list', ['list'], 'config.yml:1:1  the file does not exist (name a QUEUE, or pass --config FILE)\n'],
  ['list QUEUE', ['list', 'q', '--config', 'absent.yml'], 'absent.yml:1:1  the file does not exist\n'],
] as const) {
  test(`dead says what to write if its file does not exist: ${what}`, async (t) => {
    const command = await startDaemon(t, { url: NOWHERE, args: ['dead', ...args] });
    assert.deepEqual(await command.exit(), { code: 78, signal: null }, command.stderr);
    assert.equal(command.stderr, expected);
  });
}

test('dead connects with the certificate authority of the file', async (t) => {
  const vhost = await testVhost(t);
  await (await vhost.channel()).assertQueue('q.dead');
  await vhost.publish('q.dead', 'x', { messageId: 'm-1' });
  const authority = await CertificateAuthority.make(t);
  const front = await TlsFront.start(t, vhost.port, await authority.issue({ names: 'IP:127.0.0.1' }));
  const url = `amqps://guest:guest@127.0.0.1:${front.port}/${encodeURIComponent(vhost.vhost)}`;
  const files = {
    'dispatcher.yml': dump({ consumers: CONSUMERS, connection: { tls: { ca: authority.certificate } } }),
  };
  const list = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const command = await startDaemon(t, { url, files, env, args: ['dead', 'list', 'q', ...args] });
    const exit = await command.exit();
    return { exit, stderr: command.stderr, ids: parseRecordLines(command.stdout).map(({ id }) => id) };
  };

  const without = await list([]);
  assert.deepEqual([without.exit, without.ids], [FAILED, []]);
  assert.match(without.stderr, /cannot connect to 127\.0\.0\.1:\d+: .*unable to (verify|get)/);
  const named = await list(['--config', 'dispatcher.yml']);
  assert.deepEqual([named.exit, named.ids], [CLEAN, ['m-1']], named.stderr);
  const inherited = await list([], { AMQP_DISPATCHER_CONFIG: 'dispatcher.yml' });
  assert.deepEqual([inherited.exit, inherited.ids], [CLEAN, ['m-1']], inherited.stderr);
});
