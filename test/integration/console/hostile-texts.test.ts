import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConsoleStage } from '../../support/browser/console-stage.js';

/** Each would run or show something if it were ever read as HTML. */
const HTML = '<img src=x onerror="globalThis.owned=1"><script>globalThis.owned=1</script>';
/** The configuration refuses HTML in the name of an entry; 64 characters are the most. */
const NAME = 'W'.repeat(64);
const QUEUE = `${HTML}<b id=owned>bold</b>"'><svg onload=globalThis.owned=1>&lt;`;
const LONG_ID = `${'<i>'.repeat(2_000)}javascript:globalThis.owned=1//${'W'.repeat(4_000)}`.slice(0, 10_000);

test('HTML in queues and message ids is text in every view, executes nothing, and fits into 360 px', async (t) => {
  const stage = await ConsoleStage.ready(t, {
    entries: [{ consumer: 'failing.mjs:Slow', name: NAME, queue: QUEUE, threads: 1, consumer_count: 2 }],
  });
  if (stage === undefined) return;
  const { vhost } = stage;
  const console = await stage.open({ size: { width: 360, height: 740 } });
  await console.waitForText(/Nothing is wrong/);
  const isHarmless = async (view: string): Promise<void> => {
    const injected = 'main img, main script, main svg, #owned, main b, main i, dialog img, dialog b';
    assert.equal(await console.page.evaluate(`document.querySelectorAll(${JSON.stringify(injected)}).length`), 0, view);
    assert.equal(await console.page.evaluate('globalThis.owned'), undefined, view);
    assert.ok((await console.overflow()) <= 0, `${view} overflows by ${await console.overflow()} px`);
  };
  await vhost.publish(
    QUEUE,
    { id: HTML, how: 'loops' },
    {
      messageId: HTML,
      headers: { [HTML.slice(0, 100)]: HTML },
      type: HTML.slice(0, 200),
    },
  );
  await console.waitForText(/Running\s+1\b/, '.figures');

  await console.show('Entries');
  const entry = await console.waitForRow(NAME, (cells) => cells['Running'] === '1');
  assert.equal(entry['Entry'], `${NAME}\n${QUEUE}`);
  await isHarmless('Entries');
  await console.click('button', `Settings of ${NAME}`);
  assert.ok((await console.waitForText(/Settings of/, 'dialog')).includes(NAME));
  await isHarmless('Settings');
  await console.page.keyboard.press('Escape');
  await console.click('button', `Pause ${NAME}`);
  await console.waitForText(/is paused\./, '.notices');
  await isHarmless('the notice');
  await console.click('button', `Resume ${NAME}`);
  await console.waitForText(/is resumed\./, '.notices');

  await console.show('Running');
  await console.waitForRow(HTML, (cells) => cells['Entry'] === `${NAME}\n${QUEUE}`);
  await isHarmless('Running');
  await console.show('Threads');
  await console.waitForRow(NAME, (cells) => cells['Group'] === NAME);
  await isHarmless('Threads');
  await console.show('Actions');
  await console.waitForRow('pause', (cells) => (cells['Action'] ?? '').includes(QUEUE));
  await isHarmless('Actions');
  await console.show('Overview');
  await console.waitForText(/has a message that has been running/, '.problems');
  await isHarmless('Overview');
});

test('a message id of the longest length is cut on the page, and whole in its tooltip', async (t) => {
  const stage = await ConsoleStage.ready(t, {
    entries: [{ consumer: 'failing.mjs:Slow', name: 'Slow', queue: 'q', consumer_count: 2 }],
  });
  if (stage === undefined) return;
  // AMQP has a length of one byte for it; headers and bodies may be longer.
  const longest = LONG_ID.slice(0, 255);
  const console = await stage.open({ size: { width: 360, height: 740 } });
  await stage.vhost.publish('q', { id: 'a', how: 'heeds' }, { messageId: longest });
  await console.show('Running');
  await console.waitForRow('Slow', () => true);
  assert.ok((await console.overflow()) <= 0);
  assert.equal(
    await console.page.evaluate(`[...document.querySelectorAll('td.name [title]')].map((each) => each.title).join()`),
    longest,
  );
  // Even without the limit of AMQP the layout holds.
  await console.page.evaluate(
    `document.querySelector('td.name .clip').firstChild.data = ${JSON.stringify(LONG_ID)}; undefined`,
  );
  assert.ok((await console.overflow()) <= 0);
});
