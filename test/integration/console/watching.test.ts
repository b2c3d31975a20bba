import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConsoleStage } from '../../support/browser/console-stage.js';
import { ctlList } from '../../support/daemon/ctl.js';
import { PATIENCE_MS } from '../../support/daemon/stage.js';
import { freePorts } from '../../support/network/free-port.js';

test('every view of the console shows what the daemon does, and follows it without a reload', async (t) => {
  const stage = await ConsoleStage.ready(t, {
    entries: [
      { consumer: 'failing.mjs:Slow', name: 'Slow', queue: 'slow', threads: 1, consumer_count: 2 },
      { consumer: 'failing.mjs:Failing', name: 'Failing', queue: 'failing' },
    ],
  });
  if (stage === undefined) return;
  const { vhost, daemon } = stage;
  const console = await stage.open();
  await console.page.evaluate('window.isSamePage = true');

  await console.waitForText(/Nothing is wrong/);
  const overview = await console.waitForText(/Consumer connection\s+open/);
  assert.match(overview, new RegExp(`Process\\s+${daemon.pid}\\b`));
  assert.match(overview, /Phase\s+running/);
  assert.match(overview, /Broker\s+RabbitMQ \d/);
  assert.match(overview, /Done\s+0\/s/);

  await vhost.publish('slow', { id: 'loops', how: 'loops' }, { messageId: 'the-loop' });
  await console.waitForText(/Running\s+1\b/, '.figures');
  for (let sent = 0; sent < 20; sent++) await vhost.publish('failing', { id: `f${sent}`, fails: 1 });
  // Without `retry` each of them fails again and again.
  await console.waitForText(/Failing had \d{2,} failures in the last \d+ s/, '.problems');
  await console.waitForText(/p95\s+[\d.]+ ms/, '.figures');

  await console.show('Entries');
  await console.waitForRow('Slow', (cells) => cells['Running'] === '1' && cells['Busy'] === '1 of 2');
  await console.waitForRow('Failing', (cells) => cells['State'] === 'subscribed');

  await console.show('Running');
  const [running] = await ctlList(daemon, 'running');
  const first = await console.waitForRow('the-loop', (cells) => /^\d+ s$/.test(cells['Running for'] ?? ''));
  assert.match(first['Message'] ?? '', new RegExp(`^${String(running?.['id'])}\\s+the-loop$`));
  assert.equal(first['Thread'], String(running?.['thread']));
  await console.waitForRow('the-loop', (cells) => cells['Running for'] !== first['Running for']);

  await console.show('Threads');
  const loops = await console.waitForRow(
    'Slow',
    (cells) => cells['Running'] === '1' && cells['Utilisation'] === '100 %',
  );
  assert.equal(loops['State'], 'serving');
  await console.control('meter', `Utilisation of thread ${loops['Thread']}`);

  await console.show('Actions');
  await console.waitForText(/No actions yet/);
  await ctlList(daemon, 'quiet');
  await console.waitForRow('quiet', (cells) => cells['Outcome'] === 'ok' && (cells['By'] ?? '').startsWith('ctl ('));
  await console.show('Overview');
  await console.waitForText(/Slow is paused/, '.problems');
  assert.equal(await console.page.evaluate('window.isSamePage'), true);
});

test('the console says which entry is not subscribed, and that the daemon is not connected', async (t) => {
  const stage = await ConsoleStage.ready(t, {
    entries: [{ consumer: 'working.mjs:Works', name: 'Works', queue: 'q' }],
  });
  if (stage === undefined) return;
  const { vhost } = stage;
  const console = await stage.open();
  await console.waitForText(/Nothing is wrong/);
  const channel = await vhost.channel();
  // RabbitMQ locks the new queue for every other connection.
  await Promise.all([channel.deleteQueue('q'), channel.assertQueue('q', { exclusive: true })]);
  await console.waitForText(/Works is not subscribed to “q”/, '.problems');
  await channel.deleteQueue('q');
  await console.waitForText(/Nothing is wrong/);
  await vhost.ctl('set_vhost_limits', '{"max-connections": 0}');
  await vhost.closeConnections();
  await console.waitForText(/Not connected to RabbitMQ/, '.problems');
  await console.waitForText(/Consumer connection\s+not connected/);
});

test('the console says that the daemon stops and has stopped, and follows the next one', async (t) => {
  const [port] = await freePorts(1);
  const stage = await ConsoleStage.ready(t, {
    entries: [{ consumer: 'failing.mjs:Slow', name: 'Slow', queue: 'q' }],
    http: { listen: `127.0.0.1:${port}` },
  });
  if (stage === undefined) return;
  const { vhost, daemon } = stage;
  const console = await stage.open({ expected: /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING/ });
  await vhost.publish('q', { id: 'a', how: 'waits', ms: 4_000 });
  await console.waitForText(/Running\s+1\b/, '.figures');
  daemon.signal('SIGTERM');
  await console.waitForText(/The daemon is stopping; 1 message still runs?\./, '.banners');
  await daemon.exit(PATIENCE_MS);
  await console.waitForText(/The daemon has stopped/, '.banners');
  const next = await stage.startAgain();
  await console.waitForText(new RegExp(`Process\\s+${next.pid}\\b`));
  assert.equal(await console.text('.banners'), '');
});

test('the console says that a daemon whose process is frozen sends nothing', async (t) => {
  const stage = await ConsoleStage.ready(t, {
    entries: [{ consumer: 'working.mjs:Works', name: 'Works', queue: 'q' }],
  });
  if (stage === undefined) return;
  const console = await stage.open();
  await console.waitForText(/Nothing is wrong/);
  stage.daemon.signal('SIGSTOP');
  await console.waitForText(
    /The daemon has sent nothing for 5 s\. The page shows the figures from \d\d:\d\d:\d\d/,
    '.banners',
  );
  stage.daemon.signal('SIGCONT');
  await console.waitFor('document.querySelector(".banners").innerText === ""', 'the banner to go');
});
