import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ConsolePage } from '../../support/browser/console-page.js';
import { ConsoleStage } from '../../support/browser/console-stage.js';
import { bury, idsIn } from './dead-parts.js';

const VIEW = 'Dead messages';

/** The tab with the queue `q.dead` open; undefined where there is no Chromium. */
async function openDead(
  t: TestContext,
  fill: (stage: ConsoleStage) => Promise<void>,
  look: { readonly size?: { readonly width: number; readonly height: number }; readonly expected?: RegExp } = {},
): Promise<{ readonly stage: ConsoleStage; readonly page: ConsolePage } | undefined> {
  const stage = await ConsoleStage.ready(t, { entries: [{ consumer: 'consumers.mjs:Acks', queue: 'q' }] });
  if (stage === undefined) return undefined;
  await (await stage.vhost.channel()).assertQueue('q.dead', { arguments: { 'x-queue-type': 'classic' } });
  await fill(stage);
  const page = await stage.open(look);
  await page.show(VIEW);
  await page.waitForText(/messages? in 1 queue\. Choose a queue/);
  await (await page.control('combobox', 'Queue')).select('q.dead');
  await page.waitForText(/of \d+ messages? match/);
  return { stage, page };
}

test('the tab of dead messages replays one message, and deletes those of one error, after a question', async (t) => {
  const opened = await openDead(t, async ({ vhost }) => {
    await bury(vhost, 3, { prefix: 't' });
    await bury(vhost, 2, { errorType: 'RangeError', cause: 'too far', prefix: 'r' });
  });
  if (opened === undefined) return;
  const { stage, page } = opened;
  const row = await page.waitForRow('t-1', () => true);
  assert.match(row['Error'] ?? '', /TypeError\s+no smtp/);
  assert.match(row['Queue'] ?? '', /^parked/);

  await page.click('button', 'Show t-1');
  assert.match(await page.waitForText(/body of t-1/, 'dialog'), /x-amqp-dispatcher-cause/);
  await page.click('button', 'Replay this message …');
  await page.waitForText(/Replay 1 message of q\.dead\?/, 'dialog');
  await page.click('button', 'Replay 1 message');
  await page.waitForText(/Replayed 1 message of q\.dead\./);
  await page.waitForText(/4 of 4 messages match/);
  assert.deepEqual(await idsIn(stage.vhost, 'parked'), ['t-1']);

  await page.click('button', 'Delete all with RangeError: too far');
  await page.waitForText(/Delete 2 messages of q\.dead\?/, 'dialog');
  await page.click('button', 'Cancel');
  await stage.vhost.holds('q.dead', 4);
  await page.click('button', 'Delete all with RangeError: too far');
  await page.click('button', 'Delete 2 messages');
  await page.waitForText(/Deleted 2 messages of q\.dead\./);
  await page.waitForText(/2 of 2 messages match/);
  await page.show('Actions');
  await page.waitForRow('dead delete q.dead', (cells) =>
    /deleted 2 \(all with error RangeError: too far\)/.test(cells['Outcome'] ?? ''),
  );
  assert.deepEqual(await idsIn(stage.vhost, 'q.dead'), ['t-0', 't-2']);
});

test('the tab of dead messages filters as --where does, says what is wrong, and replays what is selected', async (t) => {
  const opened = await openDead(
    t,
    async ({ vhost }) => {
      await bury(vhost, 3, { prefix: 't' });
      await bury(vhost, 2, { errorType: 'RangeError', cause: 'too far', prefix: 'r' });
    },
    { expected: /status of 400/ },
  );
  if (opened === undefined) return;
  const { stage, page } = opened;
  const filter = await page.control('searchbox', 'Filter dead messages');
  await filter.type('cause~"too far"');
  await page.click('button', 'Apply filter');
  await page.waitForText(/2 of 5 messages match/);
  assert.equal(await page.row('t-0'), undefined);
  await filter.type(' eror=x');
  await page.click('button', 'Apply filter');
  await page.waitForText(/"eror" is not a key, did you mean "error-type"\?/);

  await page.waitFor(`document.querySelector('[aria-label="Select r-0"]')?.disabled === false`, 'the rows');
  await page.page.locator('::-p-aria([name="Select r-0"][role="checkbox"])').click();
  await page.click('button', 'Replay 1 selected …');
  await page.click('button', 'Replay 1 message');
  await page.waitForText(/Replayed 1 message of q\.dead\./);
  assert.deepEqual(await idsIn(stage.vhost, 'parked'), ['r-0']);
});

test('the tab of dead messages shows a hostile message as text, at 360 pixels', async (t) => {
  const html = '<img src=x onerror=alert(1)>';
  const opened = await openDead(
    t,
    async ({ vhost }) => {
      const headers = {
        'x-amqp-dispatcher-error-type': html,
        'x-amqp-dispatcher-cause': html.repeat(50),
        'x-amqp-dispatcher-died-at': html,
        'x-amqp-dispatcher-stack': html,
        [html]: html,
        Authorization: 'geheim',
      };
      await vhost.publish('q.dead', html.repeat(100), { messageId: html, contentType: html, headers });
    },
    { size: { width: 360, height: 740 } },
  );
  if (opened === undefined) return;
  const { page } = opened;
  assert.ok((await page.overflow()) <= 0, 'nothing is beyond the right edge');
  await page.click('button', `Show ${html}`);
  const text = await page.waitForText(/Body \(/, 'dialog');
  assert.ok(text.includes(html), text);
  assert.match(text, /"Authorization": "•••"/);
  assert.equal(await page.page.evaluate('document.querySelectorAll("#app img").length'), 0);
  assert.ok((await page.overflow()) <= 0, 'nor with the message open');
});
