import { randomBytes } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setInterval } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { testBroker } from '../../support/broker/test-broker.js';
import { TestVhost } from '../../support/broker/test-vhost.js';
import { startBrowser } from '../../support/browser/browser.js';
import { ConsolePage } from '../../support/browser/console-page.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { DaemonHttp } from '../../support/daemon/scrape.js';

/**
 * `npm run screenshots`: plays a busy shop on a private RabbitMQ and writes the pictures of the console in docs/. With a folder
 * (`-- FOLDER`), every view goes there: wide in light and dark, and 360 px narrow. `--seconds N`: how long the charts are.
 */

const DOCS = fileURLToPath(new URL('../../../../docs/', import.meta.url));
const MOST_BYTES = 300_000;
const SECONDS = Number(process.argv[process.argv.indexOf('--seconds') + 1]) || 120;
const FOLDER = process.argv
  .slice(2)
  .find((word, index, all) => !word.startsWith('--') && all[index - 1] !== '--seconds');

const ENTRIES = [
  { consumer: 'shop.mjs:Email', queue: 'email', threads: 1, consumer_count: 8, options: { ms: 30 } },
  { consumer: 'shop.mjs:Invoice', queue: 'invoices', threads: 1, consumer_count: 2, options: { ms: 60 } },
  { consumer: 'shop.mjs:Thumbnail', queue: 'thumbnails', threads: 1, options: { ms: 12, burns: true } },
  { consumer: 'shop.mjs:Search', queue: 'search-index', consumer_count: 4, options: { ms: 15 } },
  { consumer: 'shop.mjs:Webhook', queue: 'webhooks', consumer_count: 4, options: { ms: 120, failEvery: 9 } },
] as const;

const VIEWS = ['Overview', 'Entries', 'Running', 'Threads', 'Dead messages', 'Actions'] as const;

const undo: (() => Promise<void> | void)[] = [];
const t = { after: (each: () => Promise<void>) => void undo.push(each) };
try {
  const broker = await testBroker();
  const vhost = new TestVhost(broker, `screenshots-${randomBytes(4).toString('hex')}`);
  await broker.createVhost(vhost.vhost);
  undo.push(() => vhost.delete());
  const daemon = await busyDaemon(vhost);
  const { origin } = await DaemonHttp.of(daemon);
  const browser = await startBrowser(t);
  console.log(`playing a busy shop for ${SECONDS} s`);
  await play(vhost, SECONDS);
  const load = keepBusy(vhost);
  if (FOLDER === undefined) {
    const page = await ConsolePage.open({ browser, origin, size: { width: 1280, height: 800 } });
    await shoot(page, 'Overview', `${DOCS}console-overview.png`);
    await shoot(page, 'Running', `${DOCS}console-running.png`);
    await page.close();
    await judgeSize(['console-overview.png', 'console-running.png']);
  } else {
    await shootAll(FOLDER, async (scheme, size) => ConsolePage.open({ browser, origin, scheme, size }));
  }
  load.abort();
} finally {
  for (const each of undo.toReversed()) await each();
}

async function busyDaemon(vhost: TestVhost): Promise<Daemon> {
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      threads: 2,
      queues: ENTRIES.map(({ queue }) => ({ queue })),
      consumers: ENTRIES.map((entry) => ({ ...entry, consumer: fixture(entry.consumer) })),
      http: { listen: '127.0.0.1:0', console: true },
    },
  });
  await daemon.ready(60_000);
  return daemon;
}

/** One message loops; the others come in waves, so that the charts have a shape. */
async function play(vhost: TestVhost, seconds: number): Promise<void> {
  await vhost.publish('invoices', 'loop', { messageId: 'invoice-2026-11-0417' });
  let second = 0;
  for await (const _ of setInterval(250)) {
    second += 0.25;
    if (second >= seconds) return;
    await publishWave(vhost, second);
  }
}

function keepBusy(vhost: TestVhost): AbortController {
  const load = new AbortController();
  const run = async (): Promise<void> => {
    try {
      for await (const _ of setInterval(250, undefined, { signal: load.signal })) await publishWave(vhost, 0);
    } catch (error) {
      if (!load.signal.aborted) throw error;
    }
  };
  void run();
  undo.push(() => load.abort());
  return load;
}

async function publishWave(vhost: TestVhost, second: number): Promise<void> {
  const wave = 1 + 0.45 * Math.sin(second / 9) + 0.2 * Math.random();
  const shares = { email: 14, invoices: 3, thumbnails: 9, 'search-index': 18, webhooks: 5 };
  await Promise.all(
    Object.entries(shares).flatMap(([queue, share]) =>
      Array.from({ length: Math.round(share * wave) }, () =>
        vhost.publish(queue, 'x', { messageId: `${queue}-${randomBytes(6).toString('hex')}` }),
      ),
    ),
  );
}

async function shootAll(
  folder: string,
  open: (scheme: 'light' | 'dark', size: { width: number; height: number }) => Promise<ConsolePage>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, scheme, width, height] of [
    ['light', 'light', 1280, 800],
    ['dark', 'dark', 1280, 800],
    ['narrow', 'light', 360, 740],
    ['narrow-dark', 'dark', 360, 740],
  ] as const) {
    const page = await open(scheme, { width, height });
    for (const view of VIEWS) {
      await shoot(page, view, `${resolve(folder)}/${view.toLowerCase().replaceAll(' ', '-')}-${name}.png`);
    }
    await page.close();
  }
}

async function shoot(page: ConsolePage, view: (typeof VIEWS)[number], path: `${string}.png`): Promise<void> {
  await page.show(view);
  if (view === 'Running') await page.waitForText(/invoice-2026/, 'main');
  // All but the stream of events, which stays open.
  await page.page.waitForNetworkIdle({ idleTime: 300, concurrency: 1 });
  await page.page.screenshot({ path });
  console.log(`written: ${path}`);
}

async function judgeSize(names: readonly string[]): Promise<void> {
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(DOCS, name))).size));
  const sum = sizes.reduce((total, size) => total + size, 0);
  if (sum > MOST_BYTES) throw new Error(`the pictures have ${sum} bytes, more than ${MOST_BYTES}`);
}
