import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { connect } from 'amqplib';
import { startDaemon } from '../support/daemon.js';
import { fixture } from '../support/fixture.js';
import { freePorts } from '../support/free-port.js';
import { startPrivateBroker } from '../support/private-broker.js';

const run = promisify(execFile);

test('amqps:// consumes over TLS when the certificate is trusted, and says why when it is not', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'amqp-dispatcher-tls-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  const request = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1`;
  await run('openssl', [...request.split(' '), '-keyout', key, '-out', certificate]);
  await chmod(key, 0o644);
  const [port = 0] = await freePorts(1);
  const broker = await startPrivateBroker({
    config: [
      `listeners.ssl.1 = 127.0.0.1:${port}`,
      `ssl_options.cacertfile = ${certificate}`,
      `ssl_options.certfile = ${certificate}`,
      `ssl_options.keyfile = ${key}`,
      'ssl_options.verify = verify_none',
    ].join('\n'),
  });
  t.after(() => broker.stop());
  const config = {
    queues: [{ queue: 'q' }],
    consumers: [{ consumer: `${fixture('consumers.mjs')}:Acks`, queue: 'q' }],
  };
  const url = `amqps://guest:guest@127.0.0.1:${port}/`;

  const trusting = await startDaemon(t, { url, config, env: { NODE_EXTRA_CA_CERTS: certificate } });
  await trusting.ready();
  const connection = await connect(broker.url());
  const channel = await connection.createConfirmChannel();
  channel.sendToQueue('q', Buffer.from('over TLS'));
  await channel.waitForConfirms();
  await connection.close();
  await trusting.waitForRecords((records) => records.some(({ event, id }) => event === 'acked' && id === 'over TLS'));
  assert.deepEqual(await trusting.stop(), { code: 0, signal: null });

  const wary = await startDaemon(t, { url, config });
  await wary.waitForLine({ msg: /cannot connect to 127\.0\.0\.1:\d+: .*self.signed certificate/ });
  assert.deepEqual(await wary.stop(), { code: 0, signal: null });
});
