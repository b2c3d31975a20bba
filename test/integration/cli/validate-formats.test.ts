import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { before, describe, test } from 'node:test';
import { Ajv } from 'ajv';
import { render } from '../../../src/cli/validate/formats/index.js';
import { type Report, sentenceOf } from '../../../src/cli/validate/report.js';
import {
  BROKEN_FILES,
  goldenFile,
  goldenText,
  inspectBroken,
  REPORT_FORMATS,
} from '../../golden/broken-configurations.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { annotationOf, xmlElements } from '../../support/report-readers.js';
import { repositoryFile } from '../../unit/config/repository-file.js';

const VALID = { code: 0, signal: null };
const INVALID = { code: 78, signal: null };
const consumers = fixture('consumers.mjs');

describe('the broken configurations', () => {
  let reports: Report[] = [];
  before(async () => {
    reports = await inspectBroken();
  });

  test('are at least 30, and each has a finding', () => {
    assert.ok(BROKEN_FILES.length >= 30, `${BROKEN_FILES.length}`);
    for (const { file, findings } of reports) assert.ok(findings.length > 0, file);
  });

  for (const format of REPORT_FORMATS) {
    test(`are reported as the golden file says, with --format ${format} (npm run golden writes it anew)`, () => {
      assert.equal(goldenText(reports, format), readFileSync(goldenFile(format), 'utf8'));
    });
  }

  test('make SARIF that the published schema accepts', () => {
    const {
      $schema: _draft4,
      id: _id,
      ...schema
    } = JSON.parse(readFileSync(repositoryFile('test/fixtures/sarif-2.1.0.subset.json'), 'utf8'));
    const check = new Ajv({ strict: false, formats: { uri: true, 'uri-reference': true } }).compile(schema);
    for (const log of outputs('sarif')) assert.ok(check(JSON.parse(log)), JSON.stringify(check.errors));
    assert.ok(!check({ version: '2.1.0', runs: [{ results: [] }] }), 'a run without its tool is accepted');
  });

  test('make annotations that the parser of the GitHub runner reads back', () => {
    for (const report of reports) {
      const commands = render(report, 'github').stdout.split('\n').flatMap(annotationOf);
      assert.deepEqual(
        commands,
        report.findings.map(({ severity, rule, path, place, ...finding }) => ({
          command: severity === 'problem' ? 'error' : 'warning',
          ...(place !== undefined && { file: place.file, line: String(place.line), col: String(place.column) }),
          title: path === '' ? rule : `${path} (${rule})`,
          message: sentenceOf(finding),
        })),
        report.file,
      );
    }
  });

  test('make JUnit that an XML parser reads, with the counts of its cases', () => {
    for (const text of outputs('junit')) {
      const elements = xmlElements(text);
      const [suite, ...others] = elements.filter(({ name }) => name === 'testsuite');
      const count = (name: string): string => String(elements.filter((each) => each.name === name).length);
      assert.deepEqual(others, []);
      assert.equal(suite?.attributes.get('tests'), count('testcase'));
      assert.equal(suite?.attributes.get('failures'), count('failure'));
      assert.equal(suite?.attributes.get('skipped'), count('skipped'));
    }
  });

  test('make JSON with the counts of their findings', () => {
    for (const text of outputs('json')) {
      const { findings, problems, warnings, valid } = JSON.parse(text);
      assert.equal(findings.length, problems + warnings);
      assert.equal(valid, problems === 0);
    }
  });

  function outputs(format: (typeof REPORT_FORMATS)[number]): string[] {
    return reports.map((report) => goldenText([report], format).replace(/^.*\n/, ''));
  }
});

const WARNED = {
  queues: [{ queue: 'q', x_dead_letter_exchange: 'dead' }],
  consumers: [{ consumer: `${consumers}:Acks`, queue: 'q' }],
};

for (const [format, pattern] of [
  ['json', /^\{\n {2}"file": ".*"valid": true/s],
  ['github', /^::warning file=config\.yml,line=\d+,col=\d+,title=queues\[0\]\.x_dead_letter_exchange .*\n.* is valid/],
  ['sarif', /"level": "warning"/],
  ['junit', /^<\?xml .*<skipped message="is &quot;dead&quot;/s],
] as const) {
  test(`--format ${format} prints one document to stdout and nothing to stderr`, async (t) => {
    const daemon = await startDaemon(t, { config: WARNED, args: ['--validate', '--format', format] });
    assert.deepEqual(await daemon.exit(), VALID, daemon.stderr);
    assert.match(daemon.stdout, pattern);
    assert.equal(daemon.stderr, '');
  });
}

test('a warning is a problem with --strict, and stops nothing without', async (t) => {
  const mild = await startDaemon(t, { config: WARNED, args: ['--validate'] });
  assert.deepEqual(await mild.exit(), VALID);
  assert.match(mild.stderr, /^warning: .*queues\[0\]\.x_dead_letter_exchange {2}is "dead"/);
  assert.match(mild.stdout, /is valid \(queues: 1, consumers: 1, warnings: 1\)\n$/);
  const strict = await startDaemon(t, { config: WARNED, args: ['--validate', '--strict'] });
  assert.deepEqual(await strict.exit(), INVALID);
  assert.doesNotMatch(strict.stderr, /^warning:/m);
  assert.match(strict.stderr, /1 problem found, nothing was run\n$/);
});

test('keys, modules, schemas, TLS, logging and RABBITMQ_URL are reported in one run', async (t) => {
  const daemon = await startDaemon(t, {
    url: 'http://nowhere',
    config: {
      threds: 2,
      connection: { tls: { ca: 'missing.pem' } },
      queues: [{ queue: 'q', x_queue_type: 'quorum', exclusive: true }],
      consumers: [
        { consumer: './missing.mjs:X', queue: 'q', decode: { json: { schema: 'missing.json' } }, prefetch: 3 },
      ],
    },
    files: { 'log.yml': 'levle: info\n' },
    env: { LOGGING_FILE_CONFIG: 'log.yml' },
    args: ['--validate'],
  });
  assert.deepEqual(await daemon.exit(), INVALID);
  for (const expected of [
    /threds {2}is not a known key, did you mean "threads"\?/,
    /connection\.tls\.ca {2}names \S+missing\.pem, which does not exist/,
    /queues\[0\]\.exclusive {2}is true/,
    /consumers\[0\]\.consumer {2}module .* was not found/,
    /consumers\[0\]\.decode\.json\.schema {2}schema .* does not exist/,
    /consumers\[0\]\.prefetch {2}is not a known key, did you mean "prefetch_count"\?/,
    /^log\.yml:1:1 {2}levle {2}is not a known key, did you mean "level"\?/m,
    /^RABBITMQ_URL does not begin with/m,
    /^8 problems found, nothing was run\n$/m,
  ]) {
    assert.match(daemon.stderr, expected);
  }
});

test('a module that takes longer than 5 s to load is warned of', async (t) => {
  const daemon = await startDaemon(t, {
    config: { queues: [{ queue: 'q' }], consumers: [{ consumer: './slow.mjs:Slow', queue: 'q' }] },
    files: {
      'slow.mjs': 'await new Promise((done) => setTimeout(done, 5_200));\nexport class Slow {\n  consume() {}\n}\n',
    },
    args: ['--validate'],
  });
  assert.deepEqual(await daemon.exit(20_000), VALID, daemon.stderr);
  assert.match(daemon.stderr, /^warning: .*consumers\[0\]\.consumer {2}took 5\.\d s to load, more than 5 s/);
});

test('a syntax error shows the line of the file, when the daemon starts as well', async (t) => {
  for (const args of [['--validate'], []]) {
    const daemon = await startDaemon(t, { config: 'queues: [{queue: a}\nconsumers: []\n', args });
    assert.deepEqual(await daemon.exit(), INVALID);
    assert.match(
      daemon.stderr,
      /config\.yml:2:1 {2}is not valid YAML: .*\n {2}2 \| consumers: \[\]\n {4}\| \^\n1 problem/,
    );
  }
});

interface JsonFinding {
  readonly rule: string;
  readonly path: string;
  readonly message: string;
  readonly file: string;
  readonly line: number;
}

const OUTSIDE = {
  config: `include: [parts/mail.yml]
threads: "\${THREADS}"
queues: [{queue: q, x_message_ttl: "\${TTL}"}]
consumers: [{consumer: "./first.mjs:Firts", queue: q, options: {word: "\${file:word.txt}"}}]
`,
  files: {
    'parts/mail.yml': `queues:
  - queue: mail
    durabel: true
consumers:
  - consumer: ./strict.mjs:Strict
    name: strict
    queue: mail
    options: {password: "\${PASSWORD}", retries: "\${RETRIES}"}
  - {consumer: ./throws.mjs:Throws, queue: mail, rate_limit: "\${UNSET}"}
`,
    'first.mjs': 'export class First {\n  consume() {}\n}\n',
    'parts/strict.mjs': `export class Strict {
  static options = {properties: {password: {minLength: 99}, retries: {type: 'array'}}};
  consume() {}
}
`,
    'parts/throws.mjs': 'throw new Error(`no login with ${process.env.PASSWORD}`);\n',
    'word.txt': 'moon-word\n',
  },
  env: { PASSWORD: 'sun-word', RETRIES: 'often-word', THREADS: 'many-word', TTL: '30 seconds' },
};
const SECRETS = /moon-word|sun-word|often-word|many-word|30 ?s/;

test('--format json names the included file and the reference, where the start does', async (t) => {
  const daemon = await startDaemon(t, { ...OUTSIDE, args: ['--validate', '--format', 'json'] });
  assert.deepEqual(await daemon.exit(), INVALID, daemon.stderr);
  const { findings } = JSON.parse(daemon.stdout);
  const found: Map<string, JsonFinding> = new Map(
    findings.map((each: JsonFinding) => [`${relative(daemon.folder, each.file)}:${each.line} ${each.path}`, each]),
  );
  const expected: [place: string, rule: string, message: RegExp][] = [
    ['config.yml:2 threads', 'schema', /^is "\$\{THREADS\}"$/],
    ['config.yml:3 queues[0].x_message_ttl', 'schema', /^is "\$\{TTL\}"$/],
    ['config.yml:4 consumers[0].consumer', 'module', /did you mean "First"\?/],
    ['parts/mail.yml:3 queues[0].durabel', 'schema', /did you mean "durable"\?/],
    ['parts/mail.yml:8 consumers[0].options.password', 'options', /99/],
    ['parts/mail.yml:8 consumers[0].options.retries', 'options', /array|list/],
    ['parts/mail.yml:9 consumers[1].consumer', 'module', /no login with \$\{PASSWORD\}/],
    ['parts/mail.yml:9 consumers[1].rate_limit', 'reference', /^needs the environment variable UNSET/],
  ];
  for (const [place, rule, message] of expected) {
    const finding = found.get(place);
    assert.equal(finding?.rule, rule, `${place} in ${daemon.stdout}`);
    assert.match(finding.message, message);
  }
  assert.equal(findings.length, expected.length, daemon.stdout);
});

test('--format github annotates the included file', async (t) => {
  const daemon = await startDaemon(t, { ...OUTSIDE, args: ['--validate', '--format', 'github'] });
  assert.deepEqual(await daemon.exit(), INVALID, daemon.stderr);
  for (const line of [
    /^::error file=parts\/mail\.yml,line=3,col=5,title=queues\[0\]\.durabel \(schema\)::/m,
    /^::error file=parts\/mail\.yml,line=8,col=\d+,title=consumers\[0\]\.options\.retries \(options\)::/m,
    /^::error file=config\.yml,line=2,col=10,title=threads \(schema\)::is "\$\{THREADS\}" \(/m,
  ]) {
    assert.match(daemon.stdout, line);
  }
});

test('no format shows a value from the environment or a secret file', async (t) => {
  for (const format of REPORT_FORMATS) {
    const daemon = await startDaemon(t, { ...OUTSIDE, args: ['--validate', '--format', format] });
    assert.deepEqual(await daemon.exit(), INVALID, daemon.stderr);
    assert.doesNotMatch(daemon.stdout + daemon.stderr, SECRETS, format);
    assert.match(daemon.stdout + daemon.stderr, /\$\{PASSWORD\}/, format);
  }
});

test('--only leaves out the modules of the other entries, also in a file with problems', async (t) => {
  const args = ['--validate', '--format', 'json', '--only', 'strict'];
  const daemon = await startDaemon(t, { ...OUTSIDE, args });
  assert.deepEqual(await daemon.exit(), INVALID, daemon.stderr);
  const { findings } = JSON.parse(daemon.stdout);
  const rules = findings.map(({ rule }: JsonFinding) => rule);
  assert.ok(rules.includes('options'), daemon.stdout);
  assert.ok(!rules.includes('module'), daemon.stdout);
});

test('the console of a module and of its middleware stays out of the report of --validate', async (t) => {
  const printing = fixture('console.mjs');
  for (const format of REPORT_FORMATS) {
    const daemon = await startDaemon(t, {
      config: {
        startup_handler: `${printing}:startup`,
        queues: [{ queue: 'q' }],
        consumers: [{ consumer: `${printing}:Prints`, queue: 'q', middleware: [`${printing}:quiet`] }],
      },
      args: ['--validate', '--format', format],
    });
    assert.deepEqual(await daemon.exit(), VALID);
    assert.doesNotMatch(`${daemon.stdout}${daemon.stderr}`, /while it loads|while it wraps/);
    if (format === 'json') assert.equal(JSON.parse(daemon.stdout).valid, true);
  }
});
