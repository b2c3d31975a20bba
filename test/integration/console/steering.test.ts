import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConsoleStage } from '../../support/browser/console-stage.js';
import { ctl, entriesOf } from '../../support/daemon/ctl.js';
import { PATIENCE_MS } from '../../support/daemon/stage.js';
import { waitFor } from '../../support/wait.js';

/** The page shows that the daemon refused something. */
const REFUSED = /status of 409/;

test('the console pauses and resumes an entry, and the broker has no consumer meanwhile', async (t) => {
  const stage = await ConsoleStage.ready(t, {
    entries: [
      { consumer: 'working.mjs:Works', name: 'First', queue: 'first' },
      { consumer: 'working.mjs:Works', name: 'Second', queue: 'second' },
    ],
  });
  if (stage === undefined) return;
  const { vhost, daemon } = stage;
  const console = await stage.open();
  await console.show('Entries');
  await console.click('button', 'Pause First');
  await console.waitForText(/First is paused\./, '.notices');
  await console.waitForRow('First', (cells) => cells['State'] === 'paused');
  assert.deepEqual(
    (await entriesOf(daemon)).map(({ state }) => state),
    ['paused', 'subscribed'],
  );
  assert.deepEqual([await vhost.consumerCount('first'), await vhost.consumerCount('second')], [0, 1]);
  await console.click('button', 'Resume First');
  await console.waitForRow('First', (cells) => cells['State'] === 'subscribed');
  assert.equal(await vhost.consumerCount('first'), 1);

  await console.click('button', 'Pause all');
  const dialog = await console.control('dialog', 'Pause all entries?');
  await (await dialog.waitForSelector('button.danger'))?.click();
  await console.waitForText(/All entries are paused\./, '.notices');
  assert.equal(await vhost.consumerCount('second'), 0);
  await console.click('button', 'Resume all');
  await console.waitForText(/All entries are resumed\./, '.notices');
  assert.equal(await vhost.consumerCount('second'), 1);
  await console.show('Actions');
  await console.waitForRow('quiet', (cells) => cells['By'] === 'console (127.0.0.1)');
});

test('the console sets prefetch, rate and log level, and shows why the daemon refuses a value', async (t) => {
  const stage = await ConsoleStage.ready(t, {
    entries: [{ consumer: 'working.mjs:Works', name: 'Works', queue: 'q', prefetch_count: 4, rate_limit: '100/m' }],
  });
  if (stage === undefined) return;
  const console = await stage.open({ expected: REFUSED });
  const shown = async (): Promise<unknown> =>
    console.page.evaluate(`[...document.querySelectorAll('dialog [name=value]')].map((each) => each.value)`);
  await console.show('Entries');
  await console.click('button', 'Settings of Works');
  await console.control('dialog', 'Settings of Works');
  assert.deepEqual(await shown(), ['3', '100/m', 'info']);
  await console.fill('spinbutton', 'Prefetch', '7');
  await console.click('button', 'Set prefetch');
  await console.waitForText(/prefetch of Works is 7\./, '.notices');
  assert.equal((await entriesOf(stage.daemon))[0]?.['prefetch'], 7);

  await console.fill('textbox', 'Rate such as 50/s or 100/m, or off', 'often');
  await console.click('button', 'Set rate');
  await console.waitForText(/Failed: "often" is not off or/, '.notices');
  await (await console.control('combobox', 'Log level')).select('debug');
  await console.click('button', 'Set log level');
  await console.waitForText(/log-level of Works is debug\./, '.notices');
  await stage.daemon.waitForLine({ msg: /^operator action: set q\/Works log-level debug by console/ });
  await console.waitForText(/Changed: it was 3 at the start\.[^]*Changed: it was info at the start\./, 'dialog');
  await console.fill('textbox', 'Rate such as 50/s or 100/m, or off', '50/s');
  await console.click('button', 'Set rate');
  await console.waitForText(/Changed: it was 100\/m at the start\./, 'dialog');

  await ctl(stage.daemon, 'set', 'Works', 'log-level', 'warn');
  await console.page.keyboard.press('Escape');
  await console.waitFor('document.querySelector("dialog") === null', 'the dialog to close');
  const isSet = async (): Promise<boolean> => {
    await console.click('button', 'Settings of Works');
    await console.control('dialog', 'Settings of Works');
    const values = JSON.stringify(await shown());
    await console.page.keyboard.press('Escape');
    await console.waitFor('document.querySelector("dialog") === null', 'the dialog to close');
    return values === JSON.stringify(['7', '50/s', 'warn']);
  };
  await waitFor(isSet, { what: 'the dialog to open with the values of now', timeoutMs: PATIENCE_MS });
});

test('the console aborts one message softly, and another one hard, each after a question', async (t) => {
  const stage = await ConsoleStage.ready(t, {
    entries: [{ consumer: 'failing.mjs:Slow', name: 'Slow', queue: 'q', threads: 1, consumer_count: 2 }],
  });
  if (stage === undefined) return;
  const { vhost, daemon } = stage;
  const console = await stage.open();
  await vhost.publish('q', { id: 'heeds', how: 'heeds' }, { messageId: 'heeds' });
  await console.show('Running');
  const heeds = await console.waitForRow('heeds', () => true);
  await console.click('button', `Abort message ${idIn(heeds)}`);
  const question = await console.control('dialog', `Abort message ${idIn(heeds)}?`);
  await (await question.waitForSelector('button.danger'))?.click();
  await daemon.waitForRecords(
    (all) => all.some(({ event, code }) => event === 'abort' && code === 'DELIVERY_ABORTED'),
    PATIENCE_MS,
  );
  await waitFor(async () => (await console.row('heeds')) === undefined, { what: 'the message to leave the table' });

  await vhost.publish('q', { id: 'loops', how: 'loops' }, { messageId: 'loops' });
  const loops = await console.waitForRow('loops', () => true);
  await console.click('button', `Abort message ${idIn(loops)} hard`);
  await console.control('dialog', `End thread ${loops['Thread']}?`);
  await console.click('button', 'Cancel');
  await console.waitFor('document.querySelector("dialog") === null', 'the dialog to close');
  assert.equal((await console.row('loops'))?.['Attempt'], '1');
  await console.click('button', `Abort message ${idIn(loops)} hard`);
  await console.click('button', `End thread ${loops['Thread']}`);
  await console.waitForText(new RegExp(`Ended thread ${loops['Thread']} with message ${idIn(loops)}\\.`), '.notices');
  await daemon.waitForLine({ msg: /worker thread 0 died: Slow was aborted by console \(127\.0\.0\.1\)/ });
});

test('the console recycles the threads of a group', async (t) => {
  const stage = await ConsoleStage.ready(t, {
    entries: [{ consumer: 'working.mjs:Works', name: 'Works', queue: 'q', threads: 2, consumer_count: 2 }],
  });
  if (stage === undefined) return;
  const console = await stage.open();
  await console.show('Threads');
  await console.click('button', 'Recycle the group of thread 1: Works');
  await console.control('dialog', 'Recycle Works?');
  await console.click('button', 'Recycle');
  await console.waitForText(/Replaced 2 of 2 threads\./, '.notices');
  await stage.daemon.waitForRecords((all) => all.filter(({ event }) => event === 'shutdown').length === 2, PATIENCE_MS);
});

test('the console shows the stack of a looping thread', async (t) => {
  const stage = await ConsoleStage.ready(t, {
    entries: [{ consumer: 'shop.mjs:Invoice', name: 'Invoice', queue: 'q', threads: 1 }],
  });
  if (stage === undefined) return;
  const console = await stage.open();
  await stage.vhost.publish('q', 'loop', { messageId: 'loops' });
  await console.show('Running');
  const { Message } = await console.waitForRow('loops', () => true);
  await console.click('button', `Stack of message ${idIn({ Message })}`);
  const text = await console.waitForText(/layOutPages/, '.stack-look');
  assert.match(text, /The thread is running JavaScript:[^]*shop\.mjs:\d+/);
  assert.match(text, /\d+ frames of Node\.js and amqp-dispatcher$/);
  assert.doesNotMatch(text, /message-instance/);
  await waitFor(
    async () => {
      await console.page.keyboard.press('Tab');
      return (await console.page.evaluate(`document.activeElement.localName`)) === 'summary';
    },
    { what: 'the keyboard focus on the folded frames' },
  );
  await console.page.keyboard.press('Enter');
  await console.waitForText(/message-instance\.[jt]s:\d+/, '.stack-look');
  await console.page.keyboard.press('Escape');
  await console.waitFor('document.querySelector("dialog") === null', 'the dialog to close');
});

/** The number that `ctl running` and the page show first. */
function idIn(cells: Readonly<Record<string, string | undefined>>): string {
  return /^\d+/.exec(cells['Message'] ?? '')?.[0] ?? assert.fail('no id');
}
