import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  decodeFieldTable,
  encodeFieldTable,
  type FieldTableEntry,
  findHeaders,
  findPropertyBytes,
  findPropertyText,
  splitFieldTable,
} from '../../../src/amqp/index.js';
import { headersOnly, RawClient } from '../../support/amqp/raw-client.js';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { CLEAN } from '../../support/daemon/stage.js';
import { type JsonRecord, parseRecordLines } from '../../support/json-record.js';
import { waitFor } from '../../support/wait.js';

const file = fixture('headers.mjs');
const RETRY = { attempts: 2, delay: '1ms', jitter: 0 };

function field(name: string, tag: string, hex = ''): Buffer {
  return Buffer.concat([Buffer.of(name.length), Buffer.from(name + tag, 'latin1'), Buffer.from(hex, 'hex')]);
}

/** Every type tag that a client can send, and the value that a consumer sees. */
const FIELDS: readonly (readonly [bytes: Buffer, seen: unknown])[] = [
  [field('bool', 't', '01'), true],
  [field('byte', 'b', 'ff'), -1],
  [field('octet', 'B', 'ff'), 255],
  [field('short', 's', 'fffe'), -2],
  [field('word', 'u', 'fffe'), 65_534],
  [field('int', 'I', 'fffffffe'), -2],
  [field('long', 'i', 'fffffffe'), 4_294_967_294],
  [field('int64', 'l', 'fffffffffffffffe'), -2],
  // py-amqp, and so Celery, sends integers beyond 32 bits like this.
  [field('sent_at_ms', 'L', '0000019ac4896e00'), Number(0x19ac4896e00n)],
  [field('huge', 'L', '7fffffffffffffff'), '9223372036854775807n'],
  [field('negative', 'L', 'ffffffffffffffff'), -1],
  [field('float', 'f', '3f800000'), 1],
  [field('double', 'd', '3ff8000000000000'), 1.5],
  [field('price', 'D', '02ffffff85'), { '!': 'decimal', value: { places: 2, digits: -123 } }],
  [field('text', 'S', '00000002c3a9'), 'é'],
  [field('latin1', 'S', '00000001e9'), 'bytes e9'],
  [field('bytes', 'x', '0000000200ff'), 'bytes 00ff'],
  [field('when', 'T', '0000000065d43f00'), '2024-02-20T05:56:16.000Z'],
  [field('never', 'T', '7fffffffffffffff'), '9223372036854775807n'],
  [field('before 1970', 'T', 'ffffffffffffffff'), -1],
  [field('nothing', 'V'), null],
  [field('table', 'F', '0000000b016e4c0000000000000007'), { n: 7 }],
  [field('list', 'A', '0000000b5649000000074100000000'), [null, 7, []]],
];
const TABLE = Buffer.concat(FIELDS.map(([bytes]) => bytes));
const SEEN = Object.fromEntries(FIELDS.map(([bytes, seen]) => [splitFieldTable(bytes)[0]?.name, seen]));

/** RabbitMQ accepts tables that are nested deeper than we read. */
function nested(levels: number): Buffer {
  let inner = field('end', 'V');
  for (let level = 0; level < levels; level++) {
    const head = field('n', 'F', '00000000');
    head.writeUInt32BE(inner.length, 3);
    inner = Buffer.concat([head, inner]);
  }
  return inner;
}
const TOO_DEEP = nested(300);

interface Options {
  readonly queue?: object;
  readonly entry?: object;
  readonly consumer?: string;
}

async function start(
  t: TestContext,
  options: Options = {},
): Promise<{ vhost: TestVhost; daemon: Daemon; raw: RawClient }> {
  const { queue, entry, consumer = 'PassesOn' } = options;
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      exchanges: [{ exchange: 'graveyard', type: 'fanout' }],
      queues: [
        { queue: 'q', ...queue },
        { queue: 'out' },
        { queue: 'control' },
        { queue: 'buried', bindings: [{ exchange: 'graveyard', routing_key: '' }] },
      ],
      consumers: [{ consumer: `${file}:${consumer}`, queue: 'q', ...entry }],
    },
    args: ['--threads', '1'],
  });
  await daemon.ready();
  const raw = await RawClient.open(vhost);
  t.after(() => raw.close());
  return { vhost, daemon, raw };
}

function begins(daemon: Daemon): JsonRecord[] {
  return daemon.records().filter(({ event }) => event === 'begin');
}

async function taken(raw: RawClient, queue: string): Promise<Buffer> {
  return waitFor(() => raw.get(queue), { what: `a message in ${queue}` });
}

/** The headers as the broker returns them; it may encode some of them differently. */
async function asTheBrokerHas(raw: RawClient, table: Buffer): Promise<Buffer> {
  await raw.publish({ routingKey: 'control', properties: headersOnly(table) });
  return findHeaders(await taken(raw, 'control')) ?? Buffer.alloc(0);
}

const L = 0x4c;
const l = 0x6c;

/** The entries that neither broker nor daemon added, sorted. When RabbitMQ encodes a table itself, it writes `L` as `l`. */
function ownEntries(entries: readonly FieldTableEntry[]): readonly Buffer[] {
  const own = entries
    .filter(({ name }) => !name.startsWith('x-'))
    .map(({ bytes }) => Buffer.from(bytes.map((byte) => (byte === L ? l : byte))));
  return own.toSorted((left, right) => Buffer.compare(left, right));
}

for (const type of ['classic', 'quorum']) {
  test(`headers of every type are read, published, retried and dead-lettered byte for byte: ${type} queue`, async (t) => {
    const queue = { x_queue_type: type };
    const { daemon, raw } = await start(t, { queue, entry: { retry: RETRY, options: { fails: 2 } } });
    const kept = await asTheBrokerHas(raw, TABLE);
    await raw.publish({ routingKey: 'q', properties: headersOnly(TABLE), body: 'body' });
    await daemon.waitForLine({ msg: /put into "q\.dead"/ });
    assert.deepEqual(
      begins(daemon).map(({ attempt }) => attempt),
      [1, 2],
    );
    for (const { headers } of begins(daemon)) {
      const own = Object.entries({ ...Object(headers) }).filter(([name]) => !name.startsWith('x-'));
      assert.deepEqual(Object.fromEntries(own), SEEN);
    }
    const buried = splitFieldTable(findHeaders(await taken(raw, 'q.dead')) ?? Buffer.alloc(0));
    // The broker may write them in another order.
    assert.deepEqual(ownEntries(buried), ownEntries(splitFieldTable(kept)));
    const onward = findHeaders(await taken(raw, 'out')) ?? Buffer.alloc(0);
    assert.deepEqual(decodeFieldTable(onward), {
      ...decodeFieldTable(kept),
      // The values are unchanged: neither text nor a valid timestamp.
      latin1: Buffer.of(0xe9),
    });
    assert.deepEqual(await daemon.stop(), CLEAN);
  });

  test(`a message with unreadable headers is dead at once and keeps them byte for byte: ${type} queue`, async (t) => {
    const queue = { x_queue_type: type };
    const { vhost, daemon, raw } = await start(t, { queue });
    const table = Buffer.concat([field('before', 'I', '00000001'), TOO_DEEP, encodeFieldTable({ after: 'x' })]);
    await raw.publish({ routingKey: 'q', properties: headersOnly(table), body: 'too deep' });
    const line = await daemon.waitForLine({
      msg: /^put into "q\.dead": it is invalid: the headers cannot be read: .*nested deeper than 256 levels/,
    });
    assert.equal(line['code'], 'MESSAGE_INVALID');
    await waitFor(async () => (await vhost.messageCount('q.dead').catch(() => 0)) === 1, { what: 'it to be dead' });
    // Without `retry` a failure would return it again and again.
    await vhost.publish('q', 'fine', { headers: { a: 1 } });
    await daemon.waitForRecords((records) => records.some(({ event }) => event === 'begin'));
    assert.deepEqual(
      begins(daemon).map(({ headers }) => headers),
      [{ a: 1 }],
    );
    assert.equal(daemon.lines.filter(({ msg }) => String(msg).includes('it is invalid: ')).length, 1);

    const shown = await dead(t, vhost, 'show', 'q');
    const { reason, validationErrors, headers, body } = shown[0] ?? {};
    assert.deepEqual([reason, body], ['invalid', 'too deep']);
    assert.match(String(validationErrors), /the headers cannot be read/);
    const { before, after, n } = Object(headers);
    assert.deepEqual([before, after, typeof n], [1, 'x', 'string']);

    assert.deepEqual(await daemon.stop(), CLEAN);
    const [outcome] = await dead(t, vhost, 'replay', 'q');
    assert.deepEqual([outcome?.['replayed'], outcome?.['failed']], [1, 0]);
    const back = splitFieldTable(findHeaders(await taken(raw, 'q')) ?? Buffer.alloc(0));
    assert.deepEqual(ownEntries(back), ownEntries(splitFieldTable(table)));
  });

  test(`properties that are no text or date are read, retried and dead-lettered unchanged: ${type} queue`, async (t) => {
    const queue = { x_queue_type: type };
    const { daemon, raw } = await start(t, { queue, entry: { retry: RETRY, options: { fails: 2 } } });
    // message_id and timestamp.
    const properties = Buffer.from('00c002fffe7fffffffffffffff', 'hex');
    await raw.publish({ routingKey: 'q', properties, body: 'body' });
    await daemon.waitForLine({ msg: /put into "q\.dead"/ });
    assert.deepEqual(
      begins(daemon).map(({ attempt, properties: seen }) => [attempt, Object(seen).messageId, Object(seen).timestamp]),
      [
        [1, '\ufffd\ufffd', undefined],
        [2, '\ufffd\ufffd', undefined],
      ],
    );
    const list = await taken(raw, 'q.dead');
    assert.deepEqual(findPropertyBytes(list, 'messageId'), Buffer.of(0xff, 0xfe));
    assert.equal(findPropertyText(list, 'timestamp'), String(2n ** 63n - 1n));
    assert.deepEqual(await daemon.stop(), CLEAN);
  });
}

test('a message with unreadable headers is dead alone, and the rest of its batch is consumed', async (t) => {
  const { vhost, daemon, raw } = await start(t, {
    consumer: 'Batches',
    entry: { batch: { size: 3, wait: '5s' }, prefetch_count: 3 },
  });
  const other = headersOnly(encodeFieldTable({ a: 1 }));
  await raw.publish({ routingKey: 'q', properties: other, body: 'first' });
  await raw.publish({ routingKey: 'q', properties: headersOnly(TOO_DEEP), body: 'second' });
  await raw.publish({ routingKey: 'q', properties: other, body: 'third' });
  await daemon.waitForRecords((records) => records.filter(({ event }) => event === 'begin').length === 2);
  assert.deepEqual(
    begins(daemon).map(({ id }) => id),
    ['first', 'third'],
  );
  await waitFor(async () => (await vhost.messageCount('q.dead').catch(() => 0)) === 1, { what: 'it to be dead' });
  assert.deepEqual(await daemon.stop(), CLEAN);
  assert.equal(await vhost.messageCount('q'), 0);
});

test('an unreadable message goes to the dead-letter exchange of its queue if there is one', async (t) => {
  const { vhost, daemon, raw } = await start(t, { queue: { x_dead_letter_exchange: 'graveyard' } });
  await raw.publish({ routingKey: 'q', properties: headersOnly(TOO_DEEP), body: 'too deep' });
  const table = splitFieldTable(findHeaders(await taken(raw, 'buried')) ?? Buffer.alloc(0));
  assert.deepEqual(Buffer.concat(table.filter(({ name }) => name === 'n').map(({ bytes }) => bytes)), TOO_DEEP);
  assert.deepEqual(await daemon.stop(), CLEAN);
  assert.equal(await vhost.messageCount('q'), 0);
});

async function dead(t: TestContext, vhost: TestVhost, ...args: readonly string[]): Promise<readonly JsonRecord[]> {
  const command = await startDaemon(t, { url: vhost.url, args: ['dead', ...args] });
  assert.deepEqual(await command.exit(60_000), CLEAN, command.stderr);
  return parseRecordLines(command.stdout);
}
