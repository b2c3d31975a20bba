import assert from 'node:assert/strict';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startPrivateBroker } from '../../support/broker/private-broker.js';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { CLEAN, PATIENCE_MS } from '../../support/daemon/stage.js';
import { CertificateAuthority, type CertificateFiles } from '../../support/network/certificates.js';
import { freePorts } from '../../support/network/free-port.js';
import { TlsFront } from '../../support/network/tls-front.js';

const QUEUES = [{ queue: 'q' }];
const CONSUMERS = [{ consumer: `${fixture('consumers.mjs')}:Acks`, queue: 'q' }];

async function consumes(daemon: Daemon, vhost: TestVhost, id: string): Promise<void> {
  await vhost.publish('q', id);
  await daemon.waitForRecords((records) => records.some((record) => record.event === 'acked' && record.id === id));
}

test('the daemon connects with client certificate, key and authority to a broker that requires them', async (t) => {
  const authority = await CertificateAuthority.make(t);
  const server = await authority.issue({ names: 'IP:127.0.0.1' });
  const client = await authority.issue({ names: 'DNS:client' });
  const [port = 0] = await freePorts(1);
  const broker = await startPrivateBroker({
    config: [
      `listeners.ssl.1 = 127.0.0.1:${port}`,
      `ssl_options.cacertfile = ${authority.certificate}`,
      `ssl_options.certfile = ${server.certificate}`,
      `ssl_options.keyfile = ${server.key}`,
      'ssl_options.verify = verify_peer',
      'ssl_options.fail_if_no_peer_cert = true',
    ].join('\n'),
  });
  t.after(() => broker.stop());
  const start = (tls: object): Promise<Daemon> =>
    startDaemon(t, {
      url: `amqps://guest:guest@127.0.0.1:${port}/`,
      config: { queues: QUEUES, consumers: CONSUMERS, connection: { reconnect_delay_max: '1s', tls } },
    });

  const known = await start({ ca: authority.certificate, ...client });
  await known.ready(PATIENCE_MS);
  assert.deepEqual(await known.stop(), CLEAN);

  const nameless = await start({ ca: authority.certificate });
  await nameless.waitForLine({ msg: /cannot connect to 127\.0\.0\.1:\d+: .*(certificate required|handshake|alert)/i });
  assert.deepEqual(await nameless.stop(), CLEAN);
});

/** A daemon, the TLS front that it connects to, and the certificate authority that it trusts. */
async function meeting(
  t: TestContext,
  shown: (authority: CertificateAuthority) => Promise<CertificateFiles>,
  tls: { readonly ca?: string; readonly server_name?: string } = {},
): Promise<{ daemon: Daemon; vhost: TestVhost; front: TlsFront; authority: CertificateAuthority }> {
  const vhost = await testVhost(t);
  const authority = await CertificateAuthority.make(t);
  const front = await TlsFront.start(t, vhost.port, await shown(authority));
  const daemon = await startDaemon(t, {
    url: `amqps://guest:guest@127.0.0.1:${front.port}/${encodeURIComponent(vhost.vhost)}`,
    config: {
      queues: QUEUES,
      consumers: CONSUMERS,
      connection: { reconnect_delay_max: '500ms', tls: { ca: authority.certificate, ...tls } },
    },
  });
  return { daemon, vhost, front, authority };
}

const REFUSED = [
  {
    what: 'for another host',
    names: { names: 'DNS:other.example' },
    reason: /cannot connect to 127\.0\.0\.1:\d+: .*does not match certificate's altnames/,
  },
  {
    what: 'that has expired',
    names: { names: 'IP:127.0.0.1', days: -1 },
    reason: /cannot connect to 127\.0\.0\.1:\d+: .*certificate has expired/,
  },
] as const;

for (const { what, names, reason } of REFUSED) {
  test(`a certificate ${what} is refused, logged, and retried until a valid one is shown`, async (t) => {
    const { daemon, vhost, front, authority } = await meeting(t, (issuer) => issuer.issue(names));
    await daemon.waitForLine({ msg: reason }, PATIENCE_MS);
    front.show(await authority.issue({ names: 'IP:127.0.0.1' }));
    await daemon.ready(PATIENCE_MS);
    await consumes(daemon, vhost, 'over TLS');
    assert.deepEqual(await daemon.stop(), CLEAN);
  });
}

test('a certificate of an unknown authority is refused and logged; server_name sets the expected host', async (t) => {
  const stranger = await CertificateAuthority.make(t);
  const { daemon, vhost, front, authority } = await meeting(t, () => stranger.issue({ names: 'DNS:rabbit.internal' }), {
    server_name: 'rabbit.internal',
  });
  await daemon.waitForLine({ msg: /cannot connect to 127\.0\.0\.1:\d+: .*unable to (verify|get)/ }, PATIENCE_MS);
  front.show(await authority.issue({ names: 'DNS:rabbit.internal' }));
  await daemon.ready(PATIENCE_MS);
  await consumes(daemon, vhost, 'by its name');
  assert.deepEqual(await daemon.stop(), CLEAN);
});

test('a renewed authority is read at the next attempt, without a restart', async (t) => {
  const [old, renewed] = [await CertificateAuthority.make(t), await CertificateAuthority.make(t)];
  const trusted = join(old.folder, 'trusted.pem');
  await copyFile(old.certificate, trusted);
  const { daemon, vhost, front } = await meeting(t, () => old.issue({ names: 'IP:127.0.0.1' }), { ca: trusted });
  await daemon.ready(PATIENCE_MS);
  front.show(await renewed.issue({ names: 'IP:127.0.0.1' }));
  await vhost.closeConnections();
  await daemon.waitForLine({ msg: /cannot connect to 127\.0\.0\.1:\d+: / }, PATIENCE_MS);
  await copyFile(renewed.certificate, trusted);
  await daemon.waitForLine({ msg: /^consuming again/ }, PATIENCE_MS);
  await consumes(daemon, vhost, 'after the renewal');
  assert.deepEqual(await daemon.stop(), CLEAN);
});

test('--validate reports TLS files that are missing, invalid, or not a pair', async (t) => {
  const authority = await CertificateAuthority.make(t);
  const [own, other] = [await authority.issue({ names: 'DNS:a' }), await authority.issue({ names: 'DNS:b' })];
  const expired = await authority.issue({ names: 'DNS:c', days: -1 });
  const garbage = join(authority.folder, 'garbage.pem');
  await writeFile(garbage, 'no certificate');
  const validate = async (tls: object): Promise<{ code: number | null; report: string }> => {
    const daemon = await startDaemon(t, {
      url: 'amqps://localhost',
      config: { queues: QUEUES, consumers: CONSUMERS, connection: { tls } },
      args: ['--validate'],
    });
    const { code } = await daemon.exit(PATIENCE_MS);
    return { code, report: daemon.stderr };
  };
  const missing = await validate({ ca: './absent.pem', certificate: garbage, key: garbage });
  assert.equal(missing.code, 78);
  assert.match(missing.report, /connection\.tls\.ca {2}names .*, which does not exist \(expected a PEM file\)/);
  assert.match(missing.report, /connection\.tls\.certificate {2}has no certificate in it/);
  assert.match(missing.report, /connection\.tls\.key {2}has no private key that can be read/);

  const strangers = await validate({ certificate: own.certificate, key: other.key });
  assert.equal(strangers.code, 78);
  assert.match(strangers.report, /connection\.tls\.key {2}does not belong to the certificate/);

  const late = await validate({ ca: authority.certificate, ...expired });
  assert.equal(late.code, 0);
  assert.match(late.report, /warning: .*connection\.tls\.certificate {2}has a certificate that expired on /);
});
