import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConsoleStage } from '../../support/browser/console-stage.js';
import { waitFor } from '../../support/wait.js';

const OFFENCES = `
  document.body.insertAdjacentHTML('beforeend', '<p style="color: red">red</p><img src=x onerror="globalThis.ran = true">');
  document.body.append(Object.assign(document.createElement('script'), { textContent: 'globalThis.ran = true' }));
  setTimeout(() => { throw new Error('thrown by the page'); });
  fetch('http://127.0.0.2:9/elsewhere').catch(() => {});
  console.error('said by the page');
`;

test('a page that breaks its content security policy, throws, or leaves its origin has complaints', async (t) => {
  const stage = await ConsoleStage.ready(t, {
    entries: [{ consumer: 'working.mjs:Works', name: 'Works', queue: 'q' }],
  });
  if (stage === undefined) return;
  const console = await stage.open();
  await console.waitForText(/Nothing is wrong/);
  assert.deepEqual(console.takeComplaints(), []);
  await console.page.evaluate(OFFENCES);
  const seen: string[] = [];
  for (const offence of [
    /inline style.*violates.*Content Security Policy/,
    /inline event handler.*violates.*Content Security Policy/,
    /inline script.*violates.*Content Security Policy/,
    /thrown by the page/,
    /127\.0\.0\.2:9/,
    /said by the page/,
  ]) {
    await waitFor(() => seen.push(...console.takeComplaints()) > 0 && seen.some((each) => offence.test(each)), {
      what: () => `${offence} among ${seen.join('\n')}`,
    });
  }
  assert.equal(await console.page.evaluate('globalThis.ran'), undefined);
});
