import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Browser, launch } from 'puppeteer-core';
import type { Teardown } from '../daemon/daemon.js';
import { guardOrphan } from '../processes/orphan-guard.js';
import { findChromium } from './chromium.js';

/** A headless Chromium with a profile of its own; it ends after the test. @throws when there is no Chromium here */
export async function startBrowser(t: Teardown): Promise<Browser> {
  const executablePath = await findChromium();
  const folder = await mkdtemp(join(tmpdir(), 'browser-'));
  const browser = await launch({
    executablePath,
    userDataDir: folder,
    // The daemon under test serves only its own page, and root cannot have Chromium's sandbox.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--force-color-profile=srgb', '--hide-scrollbars'],
  });
  const pid = browser.process()?.pid;
  const release = pid === undefined ? () => {} : guardOrphan({ pid, folder });
  t.after(async () => {
    await browser.close();
    release();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  return browser;
}

/** As `startBrowser`; undefined where there is no Chromium: the test is skipped, and says why. */
export async function browserFor(t: TestContext): Promise<Browser | undefined> {
  try {
    await findChromium();
  } catch (error) {
    t.skip(`needs Chromium: ${String(error)}`);
    return undefined;
  }
  return startBrowser(t);
}
