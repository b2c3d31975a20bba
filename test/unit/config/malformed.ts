import * as fc from 'fast-check';
import { blockYaml, type Plain, withAt } from './yaml-text.js';

/** A configuration that is certainly invalid. */
export interface Malformed {
  /** The mutation that made it. */
  readonly fault: string;
  readonly bytes: Buffer;
}

type Path = readonly (string | number)[];

/** The valid file that every mutation starts from. */
export const WELL_FORMED: Plain = {
  startup_handler: './startup.js:startup',
  startup_timeout: '30s',
  connection: { connect_timeout: '5s', stall_timeout: 1000, tls: { server_name: 'rabbit' } },
  resource_limits: { max_old_generation_mb: 64 },
  threads: 2,
  exchanges: [
    {
      exchange: 'notify',
      type: 'topic',
      durable: true,
      arguments: {},
      bindings: [{ exchange: 'up', routing_key: '#' }],
    },
  ],
  queues: [
    { queue: 'mail', durable: true, x_max_length: 5, bindings: [{ exchange: 'notify', routing_key: 'a.*' }] },
    { queue: 'log', x_queue_type: 'quorum', arguments: { 'x-delivery-limit': 5 } },
  ],
  consumers: [
    {
      consumer: './email.js:Email',
      queue: 'mail',
      consumer_count: 2,
      prefetch_count: 10,
      options: { a: 1 },
      middleware: ['./timing.js:timing'],
      decode: { json: { schema: './email.json' } },
    },
  ],
};

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'y', 'z', '_', '-'), minLength: 1, maxLength: 12 });
const list: fc.Arbitrary<Plain> = fc.array(word, { minLength: 1, maxLength: 3 });
const table: fc.Arbitrary<Plain> = fc.dictionary(word, word, { minKeys: 1, maxKeys: 3, noNullPrototype: true });
const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));

/** `fc.oneof` for values inside a document. */
const oneOf = (...values: fc.Arbitrary<Plain>[]) => fc.oneof(...values);

const noFlag = oneOf(number, fc.constantFrom('yes', 'no', 'on', 'true', '', null), list, table);
const noText = oneOf(number, fc.boolean(), fc.constant(null), list, table);
const noName = oneOf(noText, fc.constantFrom('', 'n'.repeat(256), 'é'.repeat(128)));
const noCount = oneOf(
  fc.integer({ max: -1 }),
  fc.integer({ min: 1 }).map((large) => large * 2 ** 53),
  fc.integer({ max: 1000 }).map((whole) => whole + 0.5),
  fc.constantFrom('5', '', 'many', 1e300),
  fc.boolean(),
  list,
  table,
);
const noList = oneOf(number, word, fc.boolean(), table);
const noTable = oneOf(number, word, fc.boolean(), list);
const noWord = oneOf(
  noText,
  word.map((text) => `no-${text}`),
);
const noReference = oneOf(noText, fc.constantFrom('', ':Email', './a.js:', './a.js:1', './a.js:a b'));
const noDuration = oneOf(
  fc.boolean(),
  list,
  table,
  fc.constantFrom('soon', '1d', '-1s', '1.5s', '', '9999h', 0, -1, 0.5),
);

const WRONG_VALUES: readonly [Path, fc.Arbitrary<Plain>][] = [
  [['startup_handler'], noReference],
  [['startup_timeout'], noDuration],
  [['connection'], oneOf(noTable, fc.constant(null))],
  ...['connect_timeout', 'reconnect_delay', 'reconnect_delay_max', 'stall_timeout'].map(
    (key): [Path, fc.Arbitrary<Plain>] => [['connection', key], noDuration],
  ),
  [['connection', 'tls'], oneOf(noTable, fc.constant(null))],
  ...['ca', 'certificate', 'key', 'server_name'].map((key): [Path, fc.Arbitrary<Plain>] => [
    ['connection', 'tls', key],
    oneOf(noText, fc.constant('')),
  ]),
  [['resource_limits'], oneOf(noTable, fc.constant(null))],
  [['resource_limits', 'max_old_generation_mb'], oneOf(noCount, fc.constantFrom(0, null))],
  [['threads'], oneOf(noCount, fc.constantFrom(0, 1025, null))],
  ...['exchanges', 'queues'].map((section): [Path, fc.Arbitrary<Plain>] => [[section], noList]),
  [['consumers'], oneOf(noList, fc.constantFrom(null, []))],
  [['exchanges', 0], oneOf(noTable, fc.constant(null))],
  [['exchanges', 0, 'exchange'], noName],
  [['exchanges', 0, 'type'], noWord],
  [['exchanges', 0, 'internal'], noFlag],
  [['exchanges', 0, 'bindings', 0], oneOf(noTable, fc.constant(null))],
  [['queues', 1], oneOf(noTable, fc.constant(null))],
  [['queues', 0, 'queue'], noName],
  ...['durable', 'auto_delete', 'exclusive', 'passive'].map((key): [Path, fc.Arbitrary<Plain>] => [
    ['queues', 0, key],
    noFlag,
  ]),
  ...['x_max_length', 'x_expires', 'x_message_ttl'].map((key): [Path, fc.Arbitrary<Plain>] => [
    ['queues', 0, key],
    noCount,
  ]),
  [['queues', 0, 'x_queue_type'], noWord.filter((value) => value !== null)],
  [['queues', 0, 'x_dead_letter_exchange'], noText.filter((value) => value !== null)],
  [['queues', 0, 'bindings'], noList],
  [['queues', 0, 'bindings', 0, 'exchange'], noName],
  [['queues', 0, 'bindings', 0, 'routing_key'], noText],
  [['queues', 1, 'arguments'], noTable],
  [['consumers', 0], oneOf(noTable, fc.constant(null))],
  [['consumers', 0, 'consumer'], noReference],
  [['consumers', 0, 'queue'], noName],
  [['consumers', 0, 'consumer_count'], oneOf(noCount, fc.constantFrom(0, 65_536, null))],
  [['consumers', 0, 'prefetch_count'], oneOf(noCount, fc.constantFrom(65_536, null))],
  [['consumers', 0, 'max_deaths'], oneOf(noCount, fc.constantFrom(65_536, null))],
  [['consumers', 0, 'shutdown_timeout'], noDuration],
  [['consumers', 0, 'options'], noTable],
  [['consumers', 0, 'middleware'], noList],
  [['consumers', 0, 'decode'], oneOf(noTable, fc.constant(null))],
  [['consumers', 0, 'decode', 'json'], oneOf(noTable, fc.constant(null))],
  [['consumers', 0, 'decode', 'json', 'schema'], oneOf(noText, fc.constantFrom('', 'https://example.com/email.json'))],
  [['consumers', 0, 'middleware', 0], noReference],
];

const REQUIRED: readonly Path[] = [
  ['consumers'],
  ['consumers', 0, 'consumer'],
  ['consumers', 0, 'queue'],
  ['queues', 0, 'queue'],
  ['queues', 0, 'bindings', 0, 'exchange'],
  ['exchanges', 0, 'exchange'],
  ['exchanges', 0, 'type'],
  ['consumers', 0, 'decode', 'json'],
];

const CONTRADICTIONS: readonly [Path, Plain][] = [
  [['queues', 1, 'durable'], false],
  [['queues', 1, 'exclusive'], true],
  [['queues', 1, 'auto_delete'], true],
  [['queues', 0, 'arguments'], { 'x-max-length': 5 }],
];

const MAPPINGS: readonly Path[] = [[], ['exchanges', 0], ['queues', 0], ['queues', 0, 'bindings', 0], ['consumers', 0]];

/** Lines that break any block mapping before them. */
const BREAKING = [
  '[',
  '{a: 1',
  '"unclosed',
  "'unclosed",
  '*nowhere',
  'x: *nowhere',
  '- item',
  'a: b: c',
  '@at',
  '`tick',
  '\tx: 1',
  'x: "\\q"',
  'x: !unknown 1',
  'x: !!int many',
  '<<: 3',
  'x: &x [*x]',
  '? [a, b]\n: 1',
  '}',
  'x: "\0"',
  '__proto__: {}',
  'threads: 3',
  '---\na: 1',
];

const written = (value: fc.Arbitrary<Plain>) =>
  fc
    .tuple(
      value,
      fc.constantFrom<(plain: Plain) => string>(blockYaml, JSON.stringify, (plain) => JSON.stringify(plain, null, 2)),
    )
    .map(([plain, write]) => write(plain));

const anywhere = fc.nat(Buffer.byteLength(blockYaml(WELL_FORMED)));

const insert = (offset: number, bytes: Uint8Array) => {
  const whole = Buffer.from(blockYaml(WELL_FORMED));
  return Buffer.concat([whole.subarray(0, offset), bytes, whole.subarray(offset)]);
};

/** Generators of invalid files, by the mutation's name. */
const FAULTS: Readonly<Record<string, fc.Arbitrary<string | Uint8Array>>> = {
  'a value of the wrong kind': written(
    fc.constantFrom(...WRONG_VALUES).chain(([path, wrong]) => wrong.map((value) => withAt(WELL_FORMED, path, value))),
  ),
  'an unknown key': written(
    fc
      .tuple(
        fc.constantFrom(...MAPPINGS),
        word,
        fc.jsonValue({ maxDepth: 1 }).map((value): Plain => JSON.parse(JSON.stringify(value))),
      )
      .map(([path, key, value]) => withAt(WELL_FORMED, [...path, `zz${key}`], value)),
  ),
  'a missing key': written(fc.constantFrom(...REQUIRED).map((path) => withAt(WELL_FORMED, path, undefined))),
  'a contradiction': written(
    fc.constantFrom(...CONTRADICTIONS).map(([path, value]) => withAt(WELL_FORMED, path, value)),
  ),
  'broken syntax': fc.constantFrom(...BREAKING).map((line) => `${blockYaml(WELL_FORMED)}${line}\n`),
  'a byte that UTF-8 never has': fc
    .tuple(anywhere, fc.constantFrom(0xc0, 0xc1, 0xf5, 0xfe, 0xff))
    .map(([offset, byte]) => insert(offset, Uint8Array.of(byte))),
  'a null byte': anywhere.map((offset) => insert(offset, Uint8Array.of(0))),
  'garbage bytes': fc.uint8Array().map((bytes) => Uint8Array.of(0xff, ...bytes)),
  'deep nesting': fc
    .tuple(fc.integer({ min: 100, max: 20_000 }), fc.constantFrom('[', '{a: ', '- '), fc.boolean())
    .map(
      ([depth, opening, close]) =>
        `x: ${opening === '- ' ? '\n' : ''}${opening.repeat(depth)}${close ? ']'.repeat(depth) : ''}`,
    ),
  'any text': fc.string({ unit: 'binary' }).filter((text) => !text.includes('consumers')),
  'any JSON': fc.json().filter((text) => !text.includes('consumers')),
};

/** Invalid files for every function that takes a configuration. */
export const malformedConfiguration: fc.Arbitrary<Malformed> = fc.oneof(
  ...Object.entries(FAULTS).map(([fault, texts]) => texts.map((text) => ({ fault, bytes: Buffer.from(text) }))),
);
