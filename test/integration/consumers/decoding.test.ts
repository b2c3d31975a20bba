import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { GetMessage } from 'amqplib';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { CLEAN } from '../../support/daemon/stage.js';
import { type JsonRecord, parseRecordLines } from '../../support/json-record.js';
import { waitFor } from '../../support/wait.js';

const file = fixture('decoding.mjs');
const INVALID = { code: 78, signal: null };
const RETRY = { attempts: 2, delay: '1ms', jitter: 0 };
const FILES = {
  'schemas/order.json': JSON.stringify({
    type: 'object',
    properties: { id: { type: 'string' }, user: { $ref: 'user.json' }, fails: { type: 'integer', default: 0 } },
    required: ['id'],
  }),
  'schemas/user.json': JSON.stringify({
    $schema: 'http://json-schema.org/draft-07/schema#',
    properties: { email: { type: 'string', format: 'email' } },
  }),
};
const SCHEMA = { json: { schema: './schemas/order.json' } };
const BAD = { user: { email: 'nobody' } };
const ERRORS = ["the body must have required property 'id'", '/user/email must match format "email"'];

interface Options {
  readonly queue?: object;
  readonly entry?: object;
  readonly more?: readonly object[];
}

async function start(t: TestContext, vhost: TestVhost, { queue, entry, more = [] }: Options): Promise<Daemon> {
  return startDaemon(t, {
    url: vhost.url,
    files: FILES,
    config: {
      exchanges: [{ exchange: 'graveyard', type: 'fanout' }],
      queues: [{ queue: 'q', ...queue }, ...more],
      consumers: [{ consumer: `${file}:Decoded`, queue: 'q', decode: SCHEMA, middleware: [`${file}:sees`], ...entry }],
    },
    args: ['--threads', '1'],
  });
}

async function decoding(t: TestContext, options: Options = {}): Promise<[Daemon, TestVhost]> {
  const vhost = await testVhost(t);
  const daemon = await start(t, vhost, options);
  await daemon.ready();
  return [daemon, vhost];
}

function events(daemon: Daemon, event: string): JsonRecord[] {
  return daemon.records().filter((record) => record['event'] === event);
}

async function consumed(daemon: Daemon, count: number): Promise<JsonRecord[]> {
  await daemon.waitForRecords((all) => all.filter(({ event }) => event === 'consume').length >= count);
  return events(daemon, 'consume');
}

async function take(vhost: TestVhost, queue: string): Promise<GetMessage> {
  const what = `a message in ${queue}`;
  await waitFor(async () => (await vhost.messageCount(queue).catch(() => 0)) === 1, { timeoutMs: 20_000, what });
  const message = await (await vhost.channel()).get(queue, { noAck: true });
  assert.ok(message !== false);
  return message;
}

function recordIn({ properties }: GetMessage): Record<string, unknown> {
  // A quorum queue adds a header of its own.
  const headers = Object.entries(properties.headers ?? {}).filter(([name]) => name !== 'x-delivery-count');
  return Object.fromEntries(headers.map(([name, value]) => [name.replace('x-amqp-dispatcher-', ''), value]));
}

for (const type of ['classic', 'quorum']) {
  const queue = { x_queue_type: type };

  test(`a valid message reaches its consumer parsed, without a second parsing: ${type} queue`, async (t) => {
    const [daemon, vhost] = await decoding(t, { queue });
    await vhost.publish('q', { id: 'a', user: { email: 'a@example.com' } });
    const [first] = await consumed(daemon, 1);
    const { value, same } = first ?? {};
    assert.deepEqual({ value, same }, { value: { id: 'a', user: { email: 'a@example.com' } }, same: true });
    assert.deepEqual(await daemon.stop(), CLEAN);
    assert.equal(await vhost.messageCount('q'), 0);
  });

  test(`an invalid message is dead at once, with its errors, and reaches no user code: ${type} queue`, async (t) => {
    const [daemon, vhost] = await decoding(t, { queue, entry: { retry: RETRY } });
    await vhost.publish('q', BAD, { messageId: 'm-1', headers: { own: 1 } });
    const dead = await take(vhost, 'q.dead');
    assert.deepEqual(JSON.parse(dead.content.toString()), BAD);
    assert.equal(dead.properties.messageId, 'm-1');
    const { 'first-seen': firstSeen, 'died-at': diedAt, host, ...rest } = recordIn(dead);
    assert.ok(firstSeen !== undefined && diedAt !== undefined && host !== undefined);
    assert.deepEqual(rest, {
      own: 1,
      attempts: 0,
      exchange: '',
      'routing-key': 'q',
      queue: 'q',
      consumer: 'Decoded',
      reason: 'invalid',
      cause: `${ERRORS[0]} (and 1 more)`,
      'error-type': 'DeliveryError MESSAGE_INVALID',
      'validation-errors': ERRORS,
    });
    const line = await daemon.waitForLine({ msg: /^put into "q\.dead": it is invalid: / });
    assert.deepEqual(
      [line['reason'], line['code'], line['attempt'], line['level']],
      ['invalid', 'MESSAGE_INVALID', 0, 50],
    );
    assert.deepEqual([line['validationErrors'], line['messageId']], [ERRORS, 'm-1']);
    assert.equal(line['msg'], `put into "q.dead": it is invalid: ${ERRORS[0]} (and 1 more)`);
    assert.equal(daemon.lines.filter(({ level }) => Number(level) > 30).length, 1, 'one line for one message');
    await vhost.publish('q', { id: 'next' });
    const [next] = await consumed(daemon, 1);
    assert.equal(next?.['instance'], 1);
    assert.equal(events(daemon, 'seen').length, 1);
    assert.equal(events(daemon, 'shutdown').length, 0);
  });

  test(`a body that is not JSON or not in its charset is invalid, with or without a schema: ${type} queue`, async (t) => {
    for (const decode of [SCHEMA, { json: {} }]) {
      const [daemon, vhost] = await decoding(t, { queue, entry: { decode } });
      const bodies: [Uint8Array, object, RegExp][] = [
        [Buffer.from('{"id":'), {}, /^the body is not JSON: /],
        [Buffer.of(0x22, 0xff, 0x22), {}, /^the body is not utf-8 text: /],
        [Buffer.from('{"id":"x"}'), { contentEncoding: 'gzip' }, /^the body is not gzip text: /],
      ];
      for (const [body, properties, error] of bodies) {
        await vhost.publish('q', body, properties);
        const dead = await take(vhost, 'q.dead');
        assert.deepEqual(dead.content, body);
        const { 'validation-errors': errors, reason } = recordIn(dead);
        assert.ok(Array.isArray(errors) && errors.length === 1);
        assert.match(String(errors[0]), error);
        assert.equal(reason, 'invalid');
      }
      assert.equal(events(daemon, 'seen').length, 0);
    }
  });

  test(`an invalid message goes to the dead-letter exchange of its queue: ${type} queue`, async (t) => {
    const more = [{ queue: 'graves', bindings: [{ exchange: 'graveyard', routing_key: '' }] }];
    const [daemon, vhost] = await decoding(t, { queue: { ...queue, x_dead_letter_exchange: 'graveyard' }, more });
    await vhost.publish('q', BAD);
    const dead = await take(vhost, 'graves');
    assert.ok((dead.properties.headers?.['x-death'] ?? []).some(({ reason }) => reason === 'rejected'));
    await daemon.waitForLine({ msg: /^published to dead-letter exchange "graveyard": it is invalid: / });
    await assert.rejects(vhost.messageCount('q.dead'), /NOT_FOUND/);
  });

  test(`a failed message that becomes invalid keeps its count until it is replayed: ${type} queue`, async (t) => {
    const [daemon, vhost] = await decoding(t, { queue, entry: { retry: RETRY } });
    await vhost.publish('q', BAD, { messageId: 'm-1', headers: { 'x-amqp-dispatcher-attempts': 1 } });
    await daemon.waitForLine({ msg: /^put into "q\.dead": it is invalid: / });
    assert.deepEqual(await daemon.stop(), CLEAN);

    const show = await startDaemon(t, { url: vhost.url, args: ['dead', 'show', 'q'] });
    assert.deepEqual(await show.exit(60_000), CLEAN);
    const [shown] = parseRecordLines(show.stdout);
    assert.deepEqual(
      [shown?.['reason'], shown?.['attempts'], shown?.['validationErrors'], shown?.['stack']],
      ['invalid', 1, ERRORS, undefined],
    );
    const sheet = await startDaemon(t, { url: vhost.url, args: ['dead', 'show', 'q', '--format', 'table'] });
    await sheet.exit(60_000);
    assert.match(sheet.stdout, new RegExp(`\nvalidation errors\n {2}${ERRORS.join('\n {2}')}\n\nproperties\n`));
    const where = 'validation-errors~/user/email';
    const replay = await startDaemon(t, { url: vhost.url, args: ['dead', 'replay', 'q', '--where', where] });
    assert.deepEqual(await replay.exit(60_000), CLEAN, replay.stderr);
    const back = await take(vhost, 'q');
    assert.deepEqual(Object.keys(recordIn(back)).toSorted(), ['exchange', 'routing-key']);
  });

  test(`a valid message that fails is retried and decoded again: ${type} queue`, async (t) => {
    const [daemon, vhost] = await decoding(t, { queue, entry: { retry: RETRY } });
    await vhost.publish('q', { id: 'a', fails: 1 });
    const [, second] = await consumed(daemon, 2);
    assert.deepEqual([second?.['attempt'], second?.['same']], [2, true]);
  });

  test(`an invalid message is discarded if the file says so: ${type} queue`, async (t) => {
    const [daemon, vhost] = await decoding(t, { queue, entry: { on_exhausted: 'discard' } });
    await vhost.publish('q', BAD);
    await daemon.waitForLine({ msg: /^discarded: it is invalid: / });
    assert.deepEqual(await daemon.stop(), CLEAN);
    assert.equal(await vhost.messageCount('q'), 0);
    await assert.rejects(vhost.messageCount('q.dead'), /NOT_FOUND/);
  });
}

test('a stream continues after an invalid message, which is logged', async (t) => {
  const queue = { x_queue_type: 'stream' };
  const [daemon, vhost] = await decoding(t, { queue, entry: { arguments: { 'x-stream-offset': 'first' } } });
  await vhost.publish('q', BAD);
  await vhost.publish('q', { id: 'next' });
  const [next] = await consumed(daemon, 1);
  assert.deepEqual(next?.['value'], { id: 'next' });
  const line = await daemon.waitForLine({ msg: /^invalid: / });
  assert.deepEqual([line['level'], line['validationErrors']], [40, ERRORS]);
  const doubt = daemon.lines.find(({ msg }) => String(msg).includes('consumers[0].decode  is set'));
  assert.match(String(doubt?.['msg']), /"q" is a stream: invalid messages are skipped/);
});

test('a message with many long validation errors is dead with headers that the broker accepts', async (t) => {
  const vhost = await testVhost(t);
  const emails = Array.from({ length: 5_000 }, (_, index) => [`${'k'.repeat(500)}${index}`, 1]);
  const schema = { 'schemas/order.json': JSON.stringify({ additionalProperties: { type: 'string' } }) };
  const daemon = await startDaemon(t, {
    url: vhost.url,
    files: schema,
    config: { queues: [{ queue: 'r' }], consumers: [{ consumer: `${file}:Decoded`, queue: 'r', decode: SCHEMA }] },
  });
  await daemon.ready();
  await vhost.publish('r', Object.fromEntries(emails.slice(0, 100)));
  const { 'validation-errors': errors } = recordIn(await take(vhost, 'r.dead'));
  assert.ok(Array.isArray(errors));
  assert.deepEqual([errors.length, errors.at(-1)], [20, 'and 81 more']);
  assert.ok(Buffer.byteLength(errors.join('')) < 8_192);
  await vhost.publish('r', Object.fromEntries(emails));
  const { 'validation-errors': first } = recordIn(await take(vhost, 'r.dead'));
  assert.ok(Array.isArray(first));
  assert.equal(first.length, 1);
});

const UNUSABLE: readonly [string, string | object | undefined, RegExp][] = [
  ['missing.json', undefined, /schema ".*\/missing\.json" does not exist/],
  ['text.json', 'no JSON', /schema ".*\/text\.json" is not JSON: /],
  ['wrong.json', { type: 'strin' }, /schema ".*\/wrong\.json" cannot be used: schema is invalid: data\/type must be/],
  [
    'far.json',
    { $ref: 'https://example.com/x.json' },
    /refers to "https:\/\/example\.com\/x\.json": which is not a file/,
  ],
];

function unusable(names: readonly string[]): { files: Record<string, string>; consumers: object[] } {
  const files = UNUSABLE.flatMap(([name, content]) =>
    content === undefined ? [] : [[name, typeof content === 'string' ? content : JSON.stringify(content)] as const],
  );
  const consumers = names.map((name) => ({
    consumer: `${file}:Decoded`,
    queue: 'q',
    decode: { json: { schema: `./${name}` } },
  }));
  return { files: Object.fromEntries(files), consumers };
}

for (const [name, , message] of UNUSABLE) {
  test(`an unusable schema ends the start with 78 and shows its position: ${name}`, async (t) => {
    const { files, consumers } = unusable([name]);
    const { url } = await testVhost(t);
    const daemon = await startDaemon(t, { url, files, config: { queues: [{ queue: 'q' }], consumers } });
    assert.deepEqual(await daemon.exit(), INVALID);
    const { msg, code } = await daemon.waitForLine(({ level }) => level === 60);
    assert.match(String(msg), /config\.yml:\d+:\d+ {2}consumers\[0\]\.decode\.json\.schema {2}/);
    assert.match(String(msg), message);
    assert.equal(code, 'CONSUMER_SCHEMA_INVALID');
  });
}

test('--validate reports each unusable schema at its position', async (t) => {
  const { files, consumers } = unusable(UNUSABLE.map(([name]) => name));
  const daemon = await startDaemon(t, {
    url: 'amqp://guest:guest@127.0.0.1:1/',
    files: { ...files, ...FILES },
    config: {
      queues: [{ queue: 'q' }],
      consumers: [...consumers, { consumer: `${file}:Decoded`, queue: 'q', decode: SCHEMA }],
    },
    args: ['--validate'],
  });
  assert.deepEqual(await daemon.exit(40_000), INVALID);
  const lines = daemon.stderr.trimEnd().split('\n');
  assert.equal(lines.length, UNUSABLE.length + 1, daemon.stderr);
  UNUSABLE.forEach(([, , message], index) => {
    const line = lines[index] ?? '';
    assert.match(line, new RegExp(`^/.*:\\d+:\\d+ {2}consumers\\[${index}\\]\\.decode\\.json\\.schema {2}`));
    assert.match(line, message);
  });
});
