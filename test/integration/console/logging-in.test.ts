import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConsoleStage } from '../../support/browser/console-stage.js';

const TOKEN = 'a-token-of-32-characters-at-least';

test('the console asks for the token, refuses a wrong one, and shows nothing before the right one', async (t) => {
  const stage = await ConsoleStage.ready(t, {
    entries: [{ consumer: 'working.mjs:Works', name: 'Works', queue: 'q' }],
    http: { token_file: 'console-token' },
    files: { 'console-token': `${TOKEN}\n` },
  });
  if (stage === undefined) return;
  const console = await stage.open({ expected: /status of 401|ERR_ABORTED/ });
  await console.waitForText(/Log in/);
  assert.doesNotMatch(await console.text(), /Works|Overview/);
  await console.fill('textbox', 'Token', 'a wrong token that is long enough');
  await console.page.keyboard.press('Enter');
  await console.waitForText(/Wrong token\./);
  await console.fill('textbox', 'Token', TOKEN);
  await console.click('button', 'Log in');
  await console.waitForText(/Nothing is wrong/);
  await console.show('Entries');
  await console.waitForRow('Works', (cells) => cells['State'] === 'subscribed');

  const cookies = await console.page.browserContext().cookies();
  assert.deepEqual(
    cookies.map(({ httpOnly, sameSite, path }) => ({ httpOnly, sameSite, path })),
    [{ httpOnly: true, sameSite: 'Strict', path: '/' }],
  );
  const again = await stage.open();
  await again.waitForText(/Nothing is wrong/);
  await console.page.bringToFront();
  await console.click('button', 'Log out');
  await console.waitForText(/Log in/);
  assert.doesNotMatch(await console.text(), /Works/);
});
