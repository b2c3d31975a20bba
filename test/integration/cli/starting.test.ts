import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { waitFor } from '../../support/wait.js';

const consumers = fixture('consumers.mjs');
const startup = fixture('startup.mjs');
const FAILED = { code: 1, signal: null };
const config = { queues: [{ queue: 'q' }], consumers: [{ consumer: `${consumers}:Acks`, queue: 'q' }] };

test('the startup handler runs in every thread before its first consumer, first in thread 0', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      startup_handler: `${startup}:startup`,
      queues: [{ queue: 'q' }],
      consumers: [{ consumer: `${startup}:NeedsStartup`, queue: 'q', consumer_count: 6 }],
    },
    args: ['--threads', '3'],
  });
  await daemon.ready();
  const records = daemon.records();
  const began = records.filter(({ event }) => event === 'startup began');
  assert.deepEqual(new Set(began.map(({ thread }) => thread)), new Set([0, 1, 2]));
  assert.ok(began.every(({ threads }) => threads === 3));
  assert.deepEqual(
    records.slice(0, 2).map(({ event, thread }) => [event, thread]),
    [
      ['startup began', 0],
      ['startup ended', 0],
    ],
  );
  const constructed = records.filter(({ event }) => event === 'constructed');
  assert.equal(constructed.length, 6);
  assert.ok(constructed.every(({ prepared }) => prepared === true));
  for (const thread of [0, 1, 2]) assert.equal(constructed.filter((record) => record.thread === thread).length, 2);
  assert.equal(daemon.lines.filter(({ msg }) => msg === 'prepared').length, 3);
});

for (const [handler, timeout, message] of [
  ['throws', '60s', /the startup handler failed: Error: no licence/],
  ['hangs', '200ms', /the startup handler outlasted startup_timeout \(200 ms\)/],
  ['loops', '200ms', /the startup handler outlasted startup_timeout \(200 ms\)/],
  [
    'missing',
    '60s',
    /config\.yml:\d+:\d+ {2}startup_handler {2}module ".*" has no export "missing" \(it exports NeedsStartup, hangs, loops, startup, throws\)/,
  ],
] as const) {
  test(`a startup handler that ${handler === 'missing' ? 'is missing' : handler} stops the daemon`, async (t) => {
    const vhost = await testVhost(t);
    const daemon = await startDaemon(t, {
      url: vhost.url,
      config: { ...config, startup_handler: `${startup}:${handler}`, startup_timeout: timeout },
    });
    // A missing handler is a wrong configuration; a failing one is not.
    assert.deepEqual(await daemon.exit(), handler === 'missing' ? { code: 78, signal: null } : FAILED);
    assert.match(String(daemon.lines.at(-1)?.msg), message);
    assert.equal(daemon.lines.at(-1)?.level, 60);
  });
}

test('a class that cannot be used ends the start with 78 and its place in the file', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: { ...config, consumers: [{ consumer: './nowhere.js:X', queue: 'q' }] },
  });
  assert.deepEqual(await daemon.exit(), { code: 78, signal: null });
  const place = /config\.yml:\d+:\d+ {2}consumers\[0\]\.consumer {2}module "\.\/nowhere\.js" was not found/;
  assert.match(String(daemon.lines.at(-1)?.msg), place);
});

const TRACE_REQUIRED_MODULES = '--trace-require-module';

test('no thread requires an ES module, because terminating it then would abort Node.js', {
  skip: !process.allowedNodeEnvironmentFlags.has(TRACE_REQUIRED_MODULES) && 'this Node.js cannot trace it',
}, async (t) => {
  const vhost = await testVhost(t);
  const env = { NODE_OPTIONS: `${TRACE_REQUIRED_MODULES}=all` };
  const daemon = await startDaemon(t, { url: vhost.url, config, env });
  await daemon.ready();
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  assert.doesNotMatch(daemon.stderr, /is loading ES Module/);
});

const unsettled = fixture('unsettled.mjs');
const never = fixture('bad/unsettled.mjs');
const consumer = (extra: object): object => ({ consumer: `${unsettled}:Fine`, queue: 'q', ...extra });

for (const [what, change, message] of [
  [
    'a consumer module whose top-level await never settles',
    { consumers: [consumer({ consumer: `${never}:X` })] },
    /unsettled\.mjs" \(.*unsettled\.mjs, for export "X"\) has not loaded within startup_timeout \(300 ms\): a top-level await/,
  ],
  [
    'a middleware module whose top-level await never settles',
    { consumers: [consumer({ middleware: [`${never}:X`] })] },
    /for export "X"\) has not loaded within startup_timeout/,
  ],
  [
    'a startup handler whose module never settles',
    { startup_handler: `${never}:X`, consumers: [consumer({})] },
    /^the startup handler failed: module ".*for export "X"\) has not loaded within startup_timeout/,
  ],
  [
    'a startup handler that never settles',
    { startup_handler: `${unsettled}:startup`, consumers: [consumer({})] },
    /^the startup handler outlasted startup_timeout \(300 ms\): export "startup" of ".*": its promise has not settled/,
  ],
  [
    'a constructor that never returns',
    { consumers: [consumer({ consumer: `${unsettled}:Loops` })] },
    /^the constructor of .*:Loops has not returned within startup_timeout \(300 ms\): it keeps its thread busy or blocked/,
  ],
  [
    'a middleware that never returns',
    { consumers: [consumer({ middleware: [`${unsettled}:loopsWhileMade`] })] },
    /^the constructor of .*:Fine, or its middleware, has not returned/,
  ],
] as const) {
  test(`${what} stops the daemon with exit 1 and is named`, async (t) => {
    const vhost = await testVhost(t);
    const daemon = await startDaemon(t, {
      url: vhost.url,
      config: { queues: [{ queue: 'q' }], startup_timeout: '300ms', ...change },
      args: ['--threads', '1'],
    });
    assert.deepEqual(await daemon.exit(), FAILED);
    assert.match(String(daemon.lines.at(-1)?.msg), message);
    assert.equal(daemon.lines.at(-1)?.level, 60);
  });
}

test('a module that has not loaded after 10 s is logged', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: { queues: [{ queue: 'q' }], consumers: [consumer({ consumer: `${never}:X` })] },
    args: ['--threads', '1'],
  });
  const line = await daemon.waitForLine({
    msg: /^worker thread 0 is not ready yet: module ".*" .*after 10 s: a top-level/,
  });
  assert.equal(line.level, 40);
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
});

test('a constructor that always throws stops the daemon with exit 1', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: { queues: [{ queue: 'q' }], consumers: [{ consumer: `${consumers}:CannotBeMade`, queue: 'q' }] },
  });
  assert.deepEqual(await daemon.exit(), FAILED);
  assert.match(String(daemon.lines.at(-1)?.msg), /the constructor of .*:CannotBeMade threw: no database/);
});

for (const [what, change, message] of [
  [
    'a wrong password',
    (url: string) => url.replace('guest:guest', 'guest:wrong-word'),
    /refused user "guest" on virtual host ".*ACCESS_REFUSED/,
  ],
  ['an unknown virtual host', (url: string) => `${url}-unknown`, /refused user "guest" on virtual host ".*-unknown"/],
] as const) {
  test(`${what} at the first start exits with 1 at once and names the reason without the password`, async (t) => {
    const vhost = await testVhost(t);
    const daemon = await startDaemon(t, { url: change(vhost.url), config });
    assert.deepEqual(await daemon.exit(), FAILED);
    assert.match(String(daemon.lines.at(-1)?.msg), message);
    assert.doesNotMatch(daemon.stdout + daemon.stderr, /wrong-word/);
  });
}

for (const [what, url, message] of [
  ['of another protocol', 'http://guest:secret-word@localhost/', /does not begin with amqp/],
  ['in quotes', '"amqp://guest:secret-word@localhost/"', /begins with a quote/],
  [
    'that is a list of URLs',
    'amqp://guest:secret-word@a/,amqp://guest:secret-word@b/',
    /write one, with all the hosts/,
  ],
] as const) {
  test(`a RABBITMQ_URL ${what} exits with 78 and one clear line, also with --validate`, async (t) => {
    for (const args of [[], ['--validate']]) {
      const daemon = await startDaemon(t, { url, config, args });
      assert.deepEqual(await daemon.exit(), { code: 78, signal: null });
      assert.match(daemon.stderr, /^RABBITMQ_URL/);
      assert.match(daemon.stderr, message);
      assert.doesNotMatch(daemon.stdout + daemon.stderr, /secret-word|    at /);
    }
  });
}

test('the daemon finds the host that answers among several, and names its connection as Nomad does', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url.replace(`${vhost.host}:${vhost.port}`, `127.0.0.1:1,${vhost.host}:${vhost.port},[::1]:1`),
    config,
    env: { NOMAD_JOB_NAME: 'shop', NOMAD_ALLOC_ID: '7' },
  });
  await daemon.ready();
  await waitFor(async () => (await vhost.connections()).length === 1, {
    what: 'the management view of the connection',
  });
  assert.equal((await vhost.connections())[0]?.clientName, 'shop.7');
});

test('LOGGING_FILE_CONFIG sets levels by logger, redacts, and applies to the loggers of consumers', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: { queues: [{ queue: 'q' }], consumers: [{ consumer: `${consumers}:Obeys`, queue: 'q' }] },
    files: {
      'logging.yml': 'level: info\nmessageKey: message\nredact: [extra]\nloggers:\n  amqp-dispatcher.amqplib: error\n',
    },
    env: { LOGGING_FILE_CONFIG: 'logging.yml' },
  });
  await daemon.waitForLine(({ message }) => message === 'ready');
  await vhost.publish('q', 'log');
  const line = await daemon.waitForLine(({ message }) => message === 'hello from the consumer');
  assert.equal(line.extra, '[Redacted]');
  assert.ok(
    daemon.lines.every(({ name }) => name === 'amqp-dispatcher'),
    'connection lines below error are off',
  );
});

test('an unusable consumer class in the file exits with 78, also with --validate', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: { queues: [{ queue: 'q' }], consumers: [{ consumer: `${consumers}:NoConsume`, queue: 'q' }] },
  });
  assert.deepEqual(await daemon.exit(), { code: 78, signal: null });
  assert.match(String(daemon.lines.at(-1)?.msg), /is a class without a consume method/);
});

test("the log names the broker's product and version for each connection", async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, { url: vhost.url, config });
  await daemon.ready();
  const connected = daemon.lines.find(({ msg }) => String(msg).startsWith('connected to'));
  const version = (await vhost.broker.ctl('version')).trim();
  assert.deepEqual(connected?.['server'], { product: 'RabbitMQ', version });
});

test('a class in the dotted form of the original is found in the working directory', async (t) => {
  const vhost = await testVhost(t);
  const files = {
    'jobs/mail.mjs':
      'export class Mail { constructor({ logger }) { this.logger = logger; } consume() { this.logger.info("consumed"); } }\n',
    'jobs/startup.mjs': 'export function startup({ logger }) { logger.info("found"); }\n',
    'deploy/config.yml':
      'startup_handler: jobs.startup:startup\nqueues: [{ queue: q }]\nconsumers: [{ consumer: "jobs.mail:Mail", queue: q }]\n',
  };
  const args = ['--config', 'deploy/config.yml'];
  const validated = await startDaemon(t, { files, args: [...args, '--validate'] });
  assert.deepEqual(await validated.exit(), { code: 0, signal: null }, validated.stderr);
  const daemon = await startDaemon(t, { url: vhost.url, files, args });
  await daemon.ready();
  assert.ok(daemon.lines.some(({ msg }) => msg === 'found'));
  await vhost.publish('q', 'hello');
  // A message that has not begun goes back to its queue.
  await daemon.waitForLine({ msg: /^consumed$/ });
  await daemon.stop();
  assert.equal(await vhost.messageCount('q'), 0);
});
