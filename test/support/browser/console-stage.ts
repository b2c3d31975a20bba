import type { TestContext } from 'node:test';
import type { Browser } from 'puppeteer-core';
import { type TestVhost, testVhost } from '../broker/test-vhost.js';
import { type Daemon, type DaemonOptions, startDaemon } from '../daemon/daemon.js';
import { fixture } from '../daemon/fixture.js';
import { DaemonHttp } from '../daemon/scrape.js';
import { PATIENCE_MS } from '../daemon/stage.js';
import { browserFor } from './browser.js';
import { ConsolePage, type ConsolePageOptions } from './console-page.js';

export interface ConsoleStageOptions extends Pick<DaemonOptions, 'files' | 'args'> {
  /** An entry for each: its consumer in test/fixtures, its queue, and more keys. */
  readonly entries: readonly { readonly consumer: string; readonly queue: string; readonly [key: string]: unknown }[];
  /** More keys of `http`. */
  readonly http?: object;
}

/** A daemon with a console, and a browser. */
export class ConsoleStage {
  readonly vhost: TestVhost;
  readonly daemon: Daemon;
  readonly origin: string;
  private readonly browser: Browser;
  /** Starts a daemon with the same configuration. */
  private readonly start: () => Promise<Daemon>;
  private readonly pages: ConsolePage[] = [];

  private constructor(
    parts: Pick<ConsoleStage, 'vhost' | 'daemon' | 'origin'>,
    browser: Browser,
    start: () => Promise<Daemon>,
  ) {
    this.vhost = parts.vhost;
    this.daemon = parts.daemon;
    this.origin = parts.origin;
    this.browser = browser;
    this.start = start;
  }

  /** Undefined where there is no Chromium: the test is skipped, and says why. */
  static async ready(t: TestContext, options: ConsoleStageOptions): Promise<ConsoleStage | undefined> {
    let stage: ConsoleStage | undefined;
    // Before the daemon and the browser end, which a page would complain about.
    t.after(async () => stage?.closePages());
    const browser = await browserFor(t);
    if (browser === undefined) return undefined;
    const { entries, http, ...rest } = options;
    const vhost = await testVhost(t);
    const start = async (): Promise<Daemon> => {
      const daemon = await startDaemon(t, {
        ...rest,
        url: vhost.url,
        config: {
          queues: [...new Set(entries.map(({ queue }) => queue))].map((queue) => ({ queue })),
          consumers: entries.map((entry) => ({ ...entry, consumer: fixture(entry.consumer) })),
          http: { listen: '127.0.0.1:0', console: true, ...http },
        },
      });
      await daemon.ready(PATIENCE_MS);
      return daemon;
    };
    const daemon = await start();
    const { origin } = await DaemonHttp.of(daemon);
    stage = new ConsoleStage({ vhost, daemon, origin }, browser, start);
    return stage;
  }

  /** Starts the next daemon with the same configuration, when the first has ended. */
  async startAgain(): Promise<Daemon> {
    return this.start();
  }

  /** Opens the console; the page is closed and judged after the test. */
  async open(options: Omit<ConsolePageOptions, 'browser' | 'origin'> = {}): Promise<ConsolePage> {
    const page = await ConsolePage.open({ ...options, browser: this.browser, origin: this.origin });
    this.pages.push(page);
    return page;
  }

  private async closePages(): Promise<void> {
    for (const page of this.pages) await page.close();
  }
}
