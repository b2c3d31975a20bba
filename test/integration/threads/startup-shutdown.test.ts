import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { CLEAN } from '../../support/daemon/stage.js';

/** Starts a daemon whose thread is recycled after each message, and hands it one. */
async function recycling(t: TestContext, files: Readonly<Record<string, string>>): Promise<Daemon> {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      startup_handler: './startup.mjs:startup',
      queues: [{ queue: 'q' }],
      consumers: [
        { consumer: './consumer.mjs:Consumer', queue: 'q', shutdown_timeout: '20s', recycle: { messages: 1 } },
      ],
    },
    args: ['--threads', '1', '--shutdown-timeout', '4s'],
    files: { 'consumer.mjs': 'export class Consumer { consume() {} }', ...files },
  });
  await daemon.ready();
  await vhost.publish('q', 'x');
  return daemon;
}

for (const [what, files, message, code] of [
  [
    'shutdown of the startup module',
    {
      'startup.mjs':
        'export const startup = () => ({}); export const shutdown = (_, { logger }) => ' +
        '{ logger.info("hangs"); return new Promise(() => {}); }',
    },
    /shutdown of the startup module "\.\/startup\.mjs" outlasted \d{4} ms; ending the thread without it/,
    'STARTUP_SHUTDOWN_FAILED',
  ],
  [
    'shutdown of an instance',
    {
      'startup.mjs': 'export const startup = () => ({});',
      'consumer.mjs':
        'export class Consumer { constructor({ logger }) { this.logger = logger; } consume() {} ' +
        'shutdown() { this.logger.info("hangs"); return new Promise(() => {}); } }',
    },
    /shutdown of \.\/consumer\.mjs:Consumer outlasted the time that the stop has left \(\d{4} ms\)/,
    'CONSUMER_SHUTDOWN_TIMEOUT',
  ],
] as const) {
  test(`${what} in a recycled thread ends with the stop of the daemon`, async (t) => {
    const daemon = await recycling(t, files);
    await daemon.waitForLine({ msg: /^hangs$/ });
    assert.deepEqual(await daemon.stop(), CLEAN);
    const line = await daemon.waitForLine({ msg: message });
    assert.equal(line['code'], code);
  });
}

for (const [what, body, why] of [
  ['throws later', 'setImmediate(() => { throw new Error("late"); }); return new Promise(() => {});', /\(late\)$/],
  ['leaves a rejection', 'void Promise.reject(new Error("unheard")); return new Promise(() => {});', /\(unheard\)$/],
  ['calls process.exit', 'process.exit(3);', /\(worker exited with code: 3\)$/],
  ['blocks', 'for (;;);', /\(it was terminated\)$/],
] as const) {
  test(`shutdown of a startup module that ${what} at a stop is logged`, async (t) => {
    const vhost = await testVhost(t);
    const daemon = await startDaemon(t, {
      url: vhost.url,
      config: {
        startup_handler: './startup.mjs:startup',
        queues: [{ queue: 'q' }],
        consumers: [{ consumer: './consumer.mjs:Consumer', queue: 'q' }],
      },
      args: ['--threads', '1', '--shutdown-timeout', '2s'],
      files: {
        'startup.mjs': `export const startup = () => ({}); export function shutdown() { ${body} }`,
        'consumer.mjs': 'export class Consumer { consume() {} }',
      },
    });
    await daemon.ready();
    await daemon.stop();
    const msg = /^shutdown of the startup module "\.\/startup\.mjs" did not end: its thread ended /;
    const line = await daemon.waitForLine({ msg });
    assert.match(String(line['msg']), why);
    assert.deepEqual([line['code'], line['thread']], ['STARTUP_SHUTDOWN_FAILED', 0]);
  });
}

test('shutdown of a startup module that ends its recycled thread is logged', async (t) => {
  const daemon = await recycling(t, {
    'startup.mjs': 'export const startup = () => ({}); export function shutdown() { process.exit(3); }',
  });
  const line = await daemon.waitForLine({ msg: /^shutdown of the startup module ".*" did not end: its thread ended / });
  assert.equal(line['code'], 'STARTUP_SHUTDOWN_FAILED');
});
