import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConsolePage } from '../../support/browser/console-page.js';
import { ConsoleStage } from '../../support/browser/console-stage.js';
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
