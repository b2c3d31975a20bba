import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';

/** The configuration as a user writes it: references, includes, a part of the file, checked options. */

const consumers = fixture('consumers.mjs');
const options = fixture('options.mjs');
const INVALID = { code: 78, signal: null };
const VALID = { code: 0, signal: null };
const NOWHERE = 'amqp://guest:guest@127.0.0.1:1/';
const SECRET = 'hunter2-hunter2';

test('a daemon fills in variables and secret files, joins files, and logs no secret at level trace', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: `include: [teams/*.yml]
x-defaults: &defaults {prefetch_count: 3}
queues: [{queue: "\${QUEUE}"}]
consumers:
  - <<: *defaults
    consumer: ${options}:WithOptions
    name: mailer
    queue: \${QUEUE}
    consumer_count: \${COUNT:-1}
    options:
      host: \${HOST_NAME:-localhost}
      password: \${file:secrets/password}
      token: "\${TOKEN}"
      key: "\${KEY}"
`,
    files: {
      'secrets/password': `${SECRET}-file\n`,
      'teams/audit.yml': 'queues: [{queue: audit}]\nconsumers: [{consumer: ./audit.mjs:Audit, queue: audit}]\n',
      'teams/audit.mjs': 'export class Audit { consume() {} }\n',
    },
    env: { QUEUE: 'mail', TOKEN: SECRET, KEY: '4711' },
    args: ['--log-level', 'trace', '--threads', '1'],
  });
  const ready = await daemon.ready();
  assert.deepEqual([ready['queues'], ready['consumers']], [2, 2]);
  await vhost.publish('mail', 'one');
  const [record] = await daemon.waitForRecords((records) => records.length > 0);
  assert.deepEqual(record?.['options'], {
    host: 'localhost',
    port: 25,
    password: `${SECRET}-file`,
    token: SECRET,
    key: '4711',
  });
  const served = await daemon.waitForLine({ msg: /^served$/ });
  assert.equal(served['consumer'], 'mailer');
  assert.deepEqual(await daemon.stop(), VALID);
  assert.ok(daemon.lines.length > 5);
  assert.doesNotMatch(daemon.stdout + daemon.stderr, /hunter2/);
});

test('--only runs some entries and declares every queue of the file', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'a' }, { queue: 'b' }],
      consumers: [
        { consumer: `${consumers}:Acks`, queue: 'a' },
        { consumer: './not-there.mjs:Gone', queue: 'b' },
      ],
    },
    args: ['--only', 'Acks', '--threads', '1'],
  });
  assert.equal((await daemon.ready())['consumers'], 1);
  assert.deepEqual([await vhost.consumerCount('a'), await vhost.consumerCount('b')], [1, 0]);
  assert.deepEqual(await daemon.stop(), VALID);
});

test('--except and --only choose what --validate loads, and an unknown name is a problem', async (t) => {
  const config = {
    queues: [{ queue: 'q' }],
    consumers: [
      { consumer: `${consumers}:Acks`, queue: 'q' },
      { consumer: './not-there.mjs:Gone', queue: 'q', name: 'gone' },
    ],
  };
  const chosen = await startDaemon(t, { url: NOWHERE, config, args: ['--validate', '--except', 'gone'] });
  assert.deepEqual(await chosen.exit(), VALID, chosen.stderr);
  assert.match(chosen.stdout, /is valid \(queues: 1, consumers: 1\)/);
  const unknown = await startDaemon(t, { url: NOWHERE, config, env: { AMQP_DISPATCHER_ONLY: 'Ack' } });
  assert.deepEqual(await unknown.exit(), INVALID);
  assert.match(
    unknown.stderr,
    /:3:1 {2}consumers {2}has no entry "Ack", which --only names, did you mean "Acks"\? \(expected one of Acks, gone\)/,
  );
});

for (const args of [[], ['--validate']]) {
  const mode = args.length === 0 ? 'at the start' : 'with --validate';
  test(`references that cannot be filled in are problems ${mode}, and no value shows`, async (t) => {
    const daemon = await startDaemon(t, {
      url: NOWHERE,
      config: `include: [other.yml]
threads: \${THREADS}
consumers:
  - consumer: "${consumers}:Acks"
    queue: q
    prefetch_count: \${TOKEN}
    options: {a: "\${file:none}"}
`,
      files: { 'other.yml': 'queues:\n  - queue: q\n    durable: ${TOKEN}\n' },
      env: { TOKEN: SECRET },
      args,
    });
    assert.deepEqual(await daemon.exit(), INVALID);
    const lines = daemon.stderr.replaceAll(`${daemon.folder}/`, '').trimEnd().split('\n');
    assert.deepEqual(lines, [
      'config.yml:2:10  threads  needs the environment variable THREADS, which is not set (expected a value, a default as in ${THREADS:-default}, or $${ for text)',
      'config.yml:6:21  consumers[0].prefetch_count  is "${TOKEN}" (expected a whole number from 0 to 65535)',
      "config.yml:7:18  consumers[0].options.a  needs the file of ${file:none}, which does not exist (expected a readable text file; a relative path begins at this file's folder)",
      'other.yml:3:14  queues[0].durable  is "${TOKEN}" (expected true or false)',
      '4 problems found, nothing was run',
    ]);
  });
}

test('--validate conceals a reference to a module, and reports an included module in its own file', async (t) => {
  const daemon = await startDaemon(t, {
    url: NOWHERE,
    config: 'include: [sub/other.yml]\nconsumers: [{consumer: "./${TOKEN}.mjs:A", queue: q}]\n',
    files: { 'sub/other.yml': 'consumers:\n  - queue: q\n    consumer: ./gone.mjs:B\n' },
    env: { TOKEN: SECRET },
    args: ['--validate'],
  });
  assert.deepEqual(await daemon.exit(), INVALID);
  assert.match(
    daemon.stderr,
    /config\.yml:2:24 {2}consumers\[0\]\.consumer {2}module "\.\/\$\{TOKEN\}\.mjs" was not found/,
  );
  assert.match(
    daemon.stderr,
    /sub\/other\.yml:3:15 {2}consumers\[0\]\.consumer {2}module "\.\/gone\.mjs" was not found .*sub\/gone\.mjs/,
  );
  assert.doesNotMatch(daemon.stderr, /hunter2/);
});

/** Names the class whose schema refuses the option. */
const BY = ` (static options of export "WithOptions" of "${options}")`;
const badOptions = `consumers:
  - consumer: ${options}:WithOptions
    queue: q
    options:
      port: "\${TOKEN}"
      password: \${PIN}
`;

test('--validate reports each option that static options of the class refuses, at its place', async (t) => {
  const env = { TOKEN: SECRET, PIN: 'x' };
  const daemon = await startDaemon(t, { url: NOWHERE, config: badOptions, env, args: ['--validate'] });
  assert.deepEqual(await daemon.exit(), INVALID);
  const lines = daemon.stderr.replaceAll(`${daemon.folder}/`, '').split('\n');
  assert.deepEqual(
    lines.filter((line) => line.startsWith('config.yml')),
    [
      `config.yml:5:7  consumers[0].options.host  is missing${BY}`,
      `config.yml:5:13  consumers[0].options.port  must be integer${BY}`,
      `config.yml:6:17  consumers[0].options.password  must NOT have fewer than 3 characters${BY}`,
    ],
  );
});

test('a daemon whose options do not match static options of the class ends with 78 and names all of them', async (t) => {
  const vhost = await testVhost(t);
  const env = { TOKEN: SECRET, PIN: 'x' };
  const daemon = await startDaemon(t, { url: vhost.url, config: badOptions, env, args: ['--threads', '1'] });
  assert.deepEqual(await daemon.exit(), INVALID);
  const last = daemon.lines.at(-1);
  assert.equal(last?.['code'], 'CONSUMER_OPTIONS_INVALID');
  assert.equal(
    String(last?.msg).replaceAll(`${daemon.folder}/`, ''),
    [
      `config.yml:5:7  consumers[0].options.host  is missing${BY}`,
      `config.yml:5:13  consumers[0].options.port  must be integer${BY}`,
      `config.yml:6:17  consumers[0].options.password  must NOT have fewer than 3 characters${BY}`,
    ].join('\n'),
  );
  assert.doesNotMatch(daemon.stdout + daemon.stderr, /hunter2/);
});
