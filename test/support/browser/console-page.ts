import assert from 'node:assert/strict';
import type { Browser, ElementHandle, Page, SerializedAXNode } from 'puppeteer-core';
import { PATIENCE_MS } from '../daemon/stage.js';
import { isRecord } from '../json-record.js';
import { waitFor } from '../wait.js';

export interface ConsolePageOptions {
  readonly browser: Browser;
  /** Of the daemon: `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** Default: 1280 × 800. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Default: light. */
  readonly scheme?: 'light' | 'dark';
  /** Messages on the browser's console that this test provokes, such as `/401/`. */
  readonly expected?: RegExp;
}

/** A role by which the accessibility tree has a control. */
export type Role = 'button' | 'link' | 'textbox' | 'searchbox' | 'spinbutton' | 'combobox' | 'dialog' | 'meter' | 'img';

/**
 * The console in a browser, as its user sees it. `close` fails if the page left its origin, threw, or wrote an error or a
 * violation of its content security policy on the browser's console.
 */
export class ConsolePage {
  readonly page: Page;
  readonly origin: string;
  private complaints: string[] = [];

  private constructor(page: Page, origin: string) {
    this.page = page;
    this.origin = origin;
  }

  static async open(options: ConsolePageOptions): Promise<ConsolePage> {
    const { browser, origin, size = { width: 1280, height: 800 }, scheme = 'light', expected } = options;
    const page = await browser.newPage();
    const console = new ConsolePage(page, origin);
    page.setDefaultTimeout(PATIENCE_MS);
    await page.setViewport(size);
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    page.on('console', (message) => {
      const text = `${message.type()}: ${message.text()} (${message.location().url ?? ''})`;
      if (['error', 'warn', 'issue'].includes(message.type()) && expected?.test(text) !== true)
        console.complaints.push(text);
    });
    page.on('pageerror', (error) => console.complaints.push(`thrown: ${String(error)}`));
    page.on('dialog', (dialog) => {
      console.complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith('data:'))
        console.complaints.push(`request to ${request.url()}`);
    });
    await page.goto(`${origin}/`, { waitUntil: 'domcontentloaded' });
    return console;
  }

  /** Closes the page. @throws AssertionError with the complaints about it */
  async close(): Promise<void> {
    await this.page.close();
    assert.deepEqual(this.complaints, []);
  }

  /** The complaints so far, which the end of the test then forgives. */
  takeComplaints(): readonly string[] {
    const taken = this.complaints;
    this.complaints = [];
    return taken;
  }

  /** Shows a view by its link in the navigation. */
  async show(view: string): Promise<void> {
    await this.click('link', view);
    await this.waitFor(`document.querySelector('h1')?.textContent === ${JSON.stringify(view)}`, `the view ${view}`);
  }

  /** The text that a user sees on the page, or in the first element of a selector. */
  async text(selector = 'body'): Promise<string> {
    return String(await this.page.evaluate(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? ''`));
  }

  async waitForText(match: RegExp, selector = 'body'): Promise<string> {
    let text = '';
    return waitFor(
      async () => {
        text = await this.text(selector);
        return match.test(text) && text;
      },
      { what: () => `the page to say ${match}; it says:\n${text}`, timeoutMs: PATIENCE_MS, everyMs: 100 },
    );
  }

  /** Waits until a JavaScript expression is true in the page. */
  async waitFor(expression: string, what: string): Promise<void> {
    await waitFor(async () => (await this.page.evaluate(`Boolean(${expression})`)) === true, {
      what,
      timeoutMs: PATIENCE_MS,
      everyMs: 50,
    });
  }

  /** Waits for the control with exactly this role and accessible name. */
  async control(role: Role, name: string): Promise<ElementHandle> {
    const selector = `::-p-aria([name=${JSON.stringify(name)}][role="${role}"])`;
    const found = await this.page.waitForSelector(selector, { visible: true });
    assert.ok(found !== null, `no ${role} "${name}"`);
    return found;
  }

  /** Clicks the control once it is on, also if a new report renders it anew meanwhile. */
  async click(role: Role, name: string): Promise<void> {
    await this.page
      .locator(`::-p-aria([name=${JSON.stringify(name)}][role="${role}"])`)
      .filter((element) => element.ariaDisabled !== 'true')
      .click();
  }

  /** Replaces the text of a field, as a user does. */
  async fill(role: Role, name: string, text: string): Promise<void> {
    const field = await this.control(role, name);
    await field.click({ count: 3 });
    await this.page.keyboard.press('Backspace');
    await field.type(text);
  }

  /** The cells of the row of a table that has this text, by the titles of their columns; undefined: no such row. */
  async row(text: string): Promise<Readonly<Record<string, string>> | undefined> {
    const found = await this.page.evaluate(`(() => {
      const row = [...document.querySelectorAll('tbody tr')].find((each) => each.innerText.includes(${JSON.stringify(text)}));
      return row && Object.fromEntries([...row.cells].map((cell) => [cell.dataset.title, cell.innerText.trim()]));
    })()`);
    if (!isRecord(found)) return undefined;
    return Object.fromEntries(Object.entries(found).map(([title, cell]) => [title, String(cell)]));
  }

  /** Waits until the row with this text satisfies the condition. */
  async waitForRow(
    text: string,
    condition: (cells: Readonly<Record<string, string>>) => boolean,
  ): Promise<Readonly<Record<string, string>>> {
    let cells: Readonly<Record<string, string>> | undefined;
    return waitFor(
      async () => {
        cells = await this.row(text);
        return cells !== undefined && condition(cells) && cells;
      },
      {
        what: () => `the row "${text}" like ${String(condition)}; it is ${JSON.stringify(cells)}`,
        timeoutMs: PATIENCE_MS,
        everyMs: 50,
      },
    );
  }

  /** How many pixels of the page are beyond the right edge of the window. */
  async overflow(): Promise<number> {
    return Number(await this.page.evaluate('document.documentElement.scrollWidth - window.innerWidth'));
  }

  /** The controls of the accessibility tree, each as `role "name"`. */
  async controls(): Promise<readonly { readonly role: string; readonly name: string }[]> {
    const tree = await this.page.accessibility.snapshot({ interestingOnly: false });
    return tree === null ? [] : nodesOf(tree).filter(({ role }) => CONTROLS.has(role));
  }
}

const CONTROLS: ReadonlySet<string> = new Set([
  'button',
  'checkbox',
  'combobox',
  'dialog',
  'link',
  'meter',
  'image',
  'img',
  'navigation',
  'searchbox',
  'spinbutton',
  'table',
  'textbox',
]);

function nodesOf({ role, name = '', children = [] }: SerializedAXNode): { role: string; name: string }[] {
  return [{ role, name }, ...children.flatMap(nodesOf)];
}
