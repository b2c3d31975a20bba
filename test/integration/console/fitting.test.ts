import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ConsolePage } from '../../support/browser/console-page.js';
import { ConsoleStage } from '../../support/browser/console-stage.js';
import { entriesOf } from '../../support/daemon/ctl.js';
import { recordsOf } from '../../support/json-record.js';
import { waitFor } from '../../support/wait.js';

const VIEWS = ['Overview', 'Entries', 'Running', 'Threads', 'Dead messages', 'Actions'] as const;

/** Two entries, of which one has a message that loops. */
async function busyStage(t: TestContext): Promise<ConsoleStage | undefined> {
  const stage = await ConsoleStage.ready(t, {
    entries: [
      { consumer: 'failing.mjs:Slow', name: 'Slow', queue: 'slow', threads: 1, consumer_count: 2 },
      { consumer: 'working.mjs:Works', name: 'Works', queue: 'works' },
    ],
  });
  await stage?.vhost.publish('slow', { id: 'loops', how: 'loops' }, { messageId: 'the-loop' });
  return stage;
}

async function eachView(console: ConsolePage, look: (view: string) => Promise<void>): Promise<void> {
  for (const view of VIEWS) {
    await console.show(view);
    if (view === 'Running') await console.waitForRow('the-loop', () => true);
    await look(view);
  }
}

test('no view of the console scrolls sideways at 360 px, 768 px and 1280 px', async (t) => {
  const stage = await busyStage(t);
  if (stage === undefined) return;
  for (const width of [360, 768, 1280]) {
    const console = await stage.open({ size: { width, height: 740 } });
    await eachView(console, async (view) => {
      assert.ok((await console.overflow()) <= 0, `${view} at ${width} px is ${await console.overflow()} px too wide`);
    });
  }
});

test('every control of every view has a name in the accessibility tree', async (t) => {
  const stage = await busyStage(t);
  if (stage === undefined) return;
  const console = await stage.open();
  await eachView(console, async (view) => {
    const controls = await console.controls();
    assert.ok(controls.length > 6, `${view} has ${controls.length} controls`);
    assert.deepEqual(
      controls.filter(({ name }) => name.trim() === ''),
      [],
      view,
    );
  });
  await console.show('Entries');
  await console.click('button', 'Settings of Works');
  await console.control('dialog', 'Settings of Works');
  assert.deepEqual(
    (await console.controls()).filter(({ name }) => name.trim() === ''),
    [],
  );
});

test('a keyboard alone reaches a view, pauses an entry, and closes a dialog by Escape', async (t) => {
  const stage = await busyStage(t);
  if (stage === undefined) return;
  const console = await stage.open();
  const { keyboard } = console.page;
  await console.waitForText(/Consumer connection/);
  await tabTo(console, 'Skip to the content');
  await tabTo(console, 'Entries');
  assert.notEqual(await console.page.evaluate('getComputedStyle(document.activeElement).outlineStyle'), 'none');
  await keyboard.press('Enter');
  await console.waitFor(`document.activeElement?.textContent === 'Entries'`, 'the focus on the heading');
  await tabTo(console, 'Pause Works');
  await keyboard.press('Enter');
  await waitFor(async () => (await entriesOf(stage.daemon))[1]?.['state'] === 'paused', { what: 'Works to be paused' });
  await tabTo(console, 'Settings of Works');
  await keyboard.press('Space');
  await console.control('dialog', 'Settings of Works');
  await keyboard.press('Escape');
  await console.waitFor('document.querySelector("dialog") === null', 'the dialog to close');
  assert.equal(await nameOfFocus(console), 'Settings of Works');
});

test('text of the console has the contrast of WCAG AA in light and dark', async (t) => {
  const stage = await busyStage(t);
  if (stage === undefined) return;
  for (const scheme of ['light', 'dark'] as const) {
    const console = await stage.open({ scheme });
    await console.waitForText(/Running\s+1\b/, '.figures');
    await eachView(console, async (view) => {
      const texts = recordsOf(await console.page.evaluate(CONTRASTS));
      assert.ok(texts.length > 5, `${view} has ${texts.length} texts`);
      assert.deepEqual(
        texts.filter(({ ratio }) => Number(ratio) < 4.5),
        [],
        `${view}, ${scheme}`,
      );
    });
    const ground = await console.page.evaluate('getComputedStyle(document.body).backgroundColor');
    assert.equal(ground, scheme === 'dark' ? 'rgb(16, 20, 27)' : 'rgb(244, 245, 247)');
  }
});

/** Presses Tab until the focus is on the control of that name. */
async function tabTo(console: ConsolePage, name: string): Promise<void> {
  const passed: string[] = [];
  while (passed.length < 60) {
    await console.page.keyboard.press('Tab');
    const focused = await nameOfFocus(console);
    if (focused === name) return;
    passed.push(focused);
  }
  assert.fail(`60 times Tab did not reach "${name}" but ${passed.join(', ')}`);
}

async function nameOfFocus(console: ConsolePage): Promise<string> {
  const name = await console.page.evaluate(
    'document.activeElement?.ariaLabel ?? document.activeElement?.textContent?.trim() ?? ""',
  );
  return typeof name === 'string' ? name : '';
}

/** The contrast of each text with the ground behind it; disabled controls are exempt. */
const CONTRASTS = `(() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const part = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = (element) => {
    for (let each = element; each !== null; each = each.parentElement) {
      const color = numbers(getComputedStyle(each).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const isShown = (element) => element.checkVisibility() && element.closest('.unseen, .skip, :disabled, [aria-disabled="true"]') === null;
  return [...document.querySelectorAll('body *')]
    .filter((element) => isShown(element) && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .map((element) => {
      const [one, other] = [light(numbers(getComputedStyle(element).color)), light(ground(element))];
      const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      return { text: element.textContent.slice(0, 40), class: element.className, ratio: Math.round(ratio * 100) / 100 };
    });
})()`;
