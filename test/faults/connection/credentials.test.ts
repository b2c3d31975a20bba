import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import type { JsonRecord } from '../../support/json-record.js';
import { Ledger } from '../../support/ledger/ledger.js';
import { TcpProxy } from '../../support/network/tcp-proxy.js';
import { byLength } from '../../support/test-length.js';

test('a password that is wrong after a reconnect is retried with warnings until it is right', async (t) => {
  const vhost = await testVhost(t);
  const { broker } = vhost;
  const user = `user-of-${vhost.vhost}`;
  await broker.ctl('add_user', user, 'first-word');
  t.after(() => broker.ctl('delete_user', user));
  await vhost.ctl('set_permissions', user, '.*', '.*', '.*');
  const proxy = await TcpProxy.start({ port: vhost.port });
  t.after(() => proxy.close());
  const ledger = await Ledger.open(t, { urls: [vhost.url] });
  const url = proxy.through(vhost.url).replace('guest:guest', `${user}:first-word`);
  const daemon = await startDaemon(t, { url, ...ledger.daemon });
  await daemon.ready();
  ledger.publish();
  await ledger.strike(byLength({ short: 1, full: 5 }), async () => {
    const from = daemon.lines.length;
    await broker.ctl('change_password', user, 'other-word');
    proxy.cut();
    await daemon.waitForLine(() => daemon.lines.slice(from).filter(isRefused).length >= 3, 60_000);
    await broker.ctl('change_password', user, 'first-word');
    await daemon.waitForLine({ msg: /^consuming again$/, from }, 60_000);
  });
  await ledger.balance(daemon);
  assert.doesNotMatch(daemon.stdout + daemon.stderr, /first-word|other-word/);
});

/** A warning, not an error, because the daemon goes on. */
function isRefused({ msg, level }: JsonRecord): boolean {
  return level === 40 && /^cannot connect to .*ACCESS.REFUSED/.test(String(msg));
}
