import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ConsolePage } from '../../support/browser/console-page.js';
import { ConsoleStage } from '../../support/browser/console-stage.js';
import { ctl } from '../../support/daemon/ctl.js';
import { PATIENCE_MS } from '../../support/daemon/stage.js';
import { waitFor } from '../../support/wait.js';

const ENTRIES = ['Bravo', 'Alpha', 'Charlie'].map((name) => ({
  consumer: 'working.mjs:Works',
  name,
  queue: `q-${name}`,
}));

async function showsNames(console: ConsolePage, wanted: readonly string[]): Promise<void> {
  let names: unknown;
  await waitFor(
    async () => {
      names = await console.page.evaluate(
        `[...document.querySelectorAll('td.name .strong')].map((each) => each.textContent)`,
      );
      return JSON.stringify(names) === JSON.stringify(wanted);
    },
    { what: () => `the rows ${wanted.join()}; they are ${JSON.stringify(names)}` },
  );
}

test('a table sorts by its headings, upwards, downwards and not at all, and filters by a text', async (t) => {
  const stage = await ConsoleStage.ready(t, { entries: ENTRIES });
  if (stage === undefined) return;
  const console = await stage.open();
  await console.show('Entries');
  await showsNames(console, ['Bravo', 'Alpha', 'Charlie']);
  await console.click('button', 'Entry');
  await showsNames(console, ['Alpha', 'Bravo', 'Charlie']);
  const sorted = `[...document.querySelectorAll('th')].map((each) => each.ariaSort).find((each) => each?.endsWith('ing'))`;
  assert.equal(await console.page.evaluate(sorted), 'ascending');
  await console.click('button', 'Entry');
  await showsNames(console, ['Charlie', 'Bravo', 'Alpha']);
  assert.equal(await console.page.evaluate(sorted), 'descending');
  await console.click('button', 'Entry');
  await showsNames(console, ['Bravo', 'Alpha', 'Charlie']);

  await console.fill('searchbox', 'Filter Entries', 'Q-ALPHA');
  await showsNames(console, ['Alpha']);
  await console.fill('searchbox', 'Filter Entries', 'delta');
  await console.waitForText(/Nothing matches “delta”\./);
  await showsNames(console, []);
});

test('a narrow page sorts its cards by a list', async (t) => {
  const stage = await ConsoleStage.ready(t, { entries: ENTRIES });
  if (stage === undefined) return;
  const console = await stage.open({ size: { width: 360, height: 740 } });
  await console.show('Entries');
  await (await console.control('combobox', 'Sort Entries')).select('Entry');
  await showsNames(console, ['Alpha', 'Bravo', 'Charlie']);
});

const HANGING = ENTRIES.map((entry) => ({ ...entry, consumer: 'failing.mjs:Slow' }));

/** The rows move if the order is fresh: Charlie has messages, and the table is sorted by their number. */
async function sortedByRunning(
  t: TestContext,
): Promise<{ readonly stage: ConsoleStage; readonly console: ConsolePage } | undefined> {
  const stage = await ConsoleStage.ready(t, { entries: HANGING });
  if (stage === undefined) return undefined;
  const console = await stage.open();
  await console.show('Entries');
  await (await console.control('button', 'Running')).click();
  await showsNames(console, ['Bravo', 'Alpha', 'Charlie']);
  // The click on the heading left the pointer on it.
  await console.page.hover('h1');
  return { stage, console };
}

async function makeBusy({ vhost }: ConsoleStage, console: ConsolePage, name: string): Promise<void> {
  await vhost.publish(`q-${name}`, { id: name, how: 'hangs' });
  await console.waitForRow(name, (cells) => cells['Running'] === '1');
}

test('rows keep their order under the pointer, show new figures, and move when the pointer has left', async (t) => {
  const ready = await sortedByRunning(t);
  if (ready === undefined) return;
  const { stage, console } = ready;
  await (await console.control('button', 'Pause Bravo')).hover();
  await makeBusy(stage, console, 'Charlie');
  await showsNames(console, ['Bravo', 'Alpha', 'Charlie']);
  await console.page.hover('h1');
  await showsNames(console, ['Charlie', 'Bravo', 'Alpha']);

  await (await console.control('button', 'Pause Bravo')).hover();
  await makeBusy(stage, console, 'Alpha');
  await showsNames(console, ['Charlie', 'Bravo', 'Alpha']);
  await console.page.evaluate(
    `[...document.querySelectorAll('button.sort')].find((each) => each.textContent.startsWith('Entry')).click()`,
  );
  await showsNames(console, ['Alpha', 'Bravo', 'Charlie']);
});

/** Presses the key until the page says so. */
async function press({ page }: ConsolePage, key: 'Tab' | 'Enter', until: string): Promise<void> {
  await waitFor(
    async () => {
      await page.keyboard.press(key);
      return (await page.evaluate(until)) === true;
    },
    { what: `${until} after ${key}` },
  );
}

test('a button that acts keeps the keyboard focus, and its row the place', async (t) => {
  const ready = await sortedByRunning(t);
  if (ready === undefined) return;
  const { stage, console } = ready;
  await press(console, 'Tab', `document.activeElement.ariaLabel === 'Pause Bravo'`);
  for (const label of ['Resume Bravo', 'Pause Bravo']) {
    await console.page.keyboard.press('Enter');
    await console.waitFor(`document.activeElement.ariaLabel === '${label}'`, `the focus on "${label}"`);
  }
  await makeBusy(stage, console, 'Charlie');
  await showsNames(console, ['Bravo', 'Alpha', 'Charlie']);
});

test('rows keep their order while the keyboard focus is in one, and move when it has left', async (t) => {
  const ready = await sortedByRunning(t);
  if (ready === undefined) return;
  const { stage, console } = ready;
  await press(console, 'Tab', `document.activeElement.ariaLabel === 'Pause Bravo'`);
  await makeBusy(stage, console, 'Charlie');
  await showsNames(console, ['Bravo', 'Alpha', 'Charlie']);
  // A dialog that the row opened gives the focus back to it.
  await press(console, 'Tab', `document.activeElement.ariaLabel === 'Settings of Bravo'`);
  await press(console, 'Enter', `document.querySelector('dialog:modal') !== null`);
  await makeBusy(stage, console, 'Alpha');
  await showsNames(console, ['Bravo', 'Alpha', 'Charlie']);
  await console.page.keyboard.press('Escape');
  await console.waitFor(`document.activeElement.ariaLabel === 'Settings of Bravo'`, 'the focus to come back');
  await showsNames(console, ['Bravo', 'Alpha', 'Charlie']);
  await press(console, 'Tab', `document.activeElement.closest('tbody') === null`);
  await showsNames(console, ['Alpha', 'Charlie', 'Bravo']);
});

test('a tap on a row and on its button does not hold the order', async (t) => {
  const ready = await sortedByRunning(t);
  if (ready === undefined) return;
  const { stage, console } = ready;
  const { page } = console;
  await (await page.waitForSelector('::-p-text(Bravo)'))?.tap();
  await makeBusy(stage, console, 'Charlie');
  await showsNames(console, ['Charlie', 'Bravo', 'Alpha']);
  await (await console.control('button', 'Settings of Bravo')).tap();
  await (await console.control('button', 'Close')).tap();
  await console.waitFor(`document.activeElement.ariaLabel === 'Settings of Bravo'`, 'the focus to come back');
  await makeBusy(stage, console, 'Alpha');
  await showsNames(console, ['Alpha', 'Charlie', 'Bravo']);
});

test('a button under the pointer acts on its own message while others come and end', async (t) => {
  const stage = await ConsoleStage.ready(t, {
    entries: [{ consumer: 'failing.mjs:Slow', name: 'Slow', queue: 'q', threads: 1, consumer_count: 4 }],
  });
  if (stage === undefined) return;
  const { vhost, daemon } = stage;
  const console = await stage.open();
  const { page } = console;
  await console.show('Running');
  const begin = async (id: string): Promise<string> => {
    await vhost.publish('q', { id, how: 'heeds' }, { messageId: id });
    const { Message = '' } = await console.waitForRow(id, () => true);
    return /\d+/.exec(Message)?.[0] ?? assert.fail(`no id in ${Message}`);
  };
  const rows = `[...document.querySelectorAll('tbody tr')].map((row) => row.cells[0].textContent.replace(/\\d+/, ''))`;
  const shows = (...wanted: readonly string[]): Promise<void> =>
    console.waitFor(
      `JSON.stringify(${rows}) === ${JSON.stringify(JSON.stringify(wanted))}`,
      `the rows ${wanted.join()}`,
    );
  const meant = await begin('meant');
  const ending = await begin('ending');
  // From the shortest: each new message would come first, and push the others down.
  await console.click('button', 'Running for');
  await console.click('button', 'Running for');
  await shows('ending', 'meant');

  await (await console.control('button', `Abort message ${meant}`)).hover();
  await begin('newer');
  await ctl(daemon, 'abort', ending);
  await console.waitForText(/1 row is gone\. The list is up to date again when the pointer and the focus leave it\./);
  await begin('newest');
  await shows('Gone: ending', 'meant', 'newer', 'newest');
  const dead = `[...document.querySelectorAll('tr.gone button')]`;
  assert.equal(await page.evaluate(`${dead}.every((each) => each.ariaDisabled === 'true')`), true);
  await page.evaluate(`${dead}.forEach((each) => each.click())`);
  await page.mouse.down();
  await page.mouse.up();
  await console.control('dialog', `Abort message ${meant}?`);
  await console.click('button', 'Cancel');
  await page.hover('h1');
  await shows('newest', 'newer', 'meant');
  assert.equal(await page.evaluate(`document.querySelectorAll('[aria-disabled]').length`), 0);

  await console.click('button', `Abort message ${meant}`);
  await (await page.waitForSelector('dialog button.danger'))?.click();
  await daemon.waitForRecords((all) => all.some(({ event, id }) => event === 'abort' && id === 'meant'), PATIENCE_MS);
  assert.deepEqual(
    daemon
      .records()
      .filter(({ event }) => event === 'abort')
      .map(({ id }) => id),
    ['ending', 'meant'],
  );
});
