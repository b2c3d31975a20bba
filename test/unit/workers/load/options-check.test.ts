import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type {
  BatchConsumerClass,
  Consumer,
  ConsumerClass,
  ConsumerContext,
} from '../../../../src/consumer-api/index.js';
import { acceptedOptions, checkOptions } from '../../../../workers/load/options-check.js';

interface MailOptions {
  readonly host: string;
  readonly port: number;
  readonly tags?: readonly string[];
}

class Mail implements Consumer {
  static readonly options = {
    type: 'object',
    required: ['host'],
    additionalProperties: false,
    properties: {
      host: { type: 'string', minLength: 1 },
      port: { type: 'integer', default: 25, maximum: 65_535 },
      mode: { enum: ['plain', 'tls'] },
      tags: { type: 'array', items: { type: 'string' } },
      nested: { type: 'object', properties: { deep: { type: 'boolean', default: true } } },
    },
  };
  readonly #port: number;
  constructor({ options }: ConsumerContext<MailOptions>) {
    // @ts-expect-error -- options are read-only
    options.port = 1;
    // @ts-expect-error -- there is no such option
    void options.colour;
    this.#port = options.port;
  }
  consume(): void {
    void this.#port;
  }
}

/** The types of the API accept the class with its options, and refuse those of another. */
const typed: ConsumerClass<MailOptions> = Mail;
// @ts-expect-error -- the class needs a port
const wrong: ConsumerClass<{ readonly host: string }> = Mail;
const batch: BatchConsumerClass<MailOptions> = Mail;
const untyped: ConsumerClass = class {
  constructor({ options }: ConsumerContext) {
    void options['anything'];
  }
  consume(): void {}
};
void [typed, wrong, batch, untyped];

const reference = { module: './mail.js', exportName: 'Mail' };
/** Names the class whose schema refuses the option. */
const BY = ' (static options of export "Mail" of "./mail.js")';

describe('options of a class with static options', () => {
  test('get the defaults of the schema, in a copy', async () => {
    const given = { host: 'a', nested: {} };
    const { options, faults } = await checkOptions(Mail, reference, given);
    assert.deepEqual(faults, []);
    assert.deepEqual(options, { host: 'a', port: 25, nested: { deep: true } });
    assert.deepEqual(given, { host: 'a', nested: {} });
  });

  test('are refused with the path and the reason of each fault, and without their values', async () => {
    const given = { port: 'secret', mode: 'secret', tags: ['a', 5], prot: 'secret', nested: { deep: 'secret' } };
    const { faults } = await checkOptions(Mail, reference, given);
    assert.deepEqual(faults, [
      { path: ['options', 'host'], message: `is missing${BY}` },
      {
        path: ['options', 'prot'],
        message: `is not a known option (expected one of host, port, mode, tags, nested;${BY.replace('(', '')}`,
      },
      { path: ['options', 'port'], message: `must be integer${BY}` },
      { path: ['options', 'mode'], message: `must be equal to one of the allowed values: ["plain","tls"]${BY}` },
      { path: ['options', 'tags', 1], message: `must be string${BY}` },
      { path: ['options', 'nested', 'deep'], message: `must be boolean${BY}` },
    ]);
  });

  test('end the start with all faults in one message', async () => {
    const options = { port: 'secret', tags: ['a', 5] };
    const optionPlaces = {
      '["options"]': 'config.yml:4:5  consumers[0].options',
      '["options","port"]': 'config.yml:5:13  consumers[0].options.port',
    };
    await assert.rejects(acceptedOptions(Mail, { reference, options, path: 'consumers[0]', optionPlaces }), {
      name: 'ConfigurationError',
      code: 'CONSUMER_OPTIONS_INVALID',
      message: [
        'config.yml:4:5  consumers[0].options.host  is missing',
        'config.yml:5:13  consumers[0].options.port  must be integer',
        'config.yml:4:5  consumers[0].options.tags[1]  must be string',
      ]
        .map((line) => `${line}${BY}`)
        .join('\n'),
    });
  });
});

describe('a class', () => {
  test('without static options takes anything', async () => {
    const options = { a: 1 };
    const checked = await checkOptions(untyped, reference, options);
    assert.equal(checked.options, options);
    assert.deepEqual(checked.faults, []);
  });

  test('is refused when its static options are no schema', async () => {
    const cases: [object, RegExp][] = [
      [{ host: 'localhost' }, /unknown keyword: "host"/],
      [{ type: 'objekt' }, /must be equal to one of the allowed values/],
      [{ $schema: 'http://json-schema.org/draft-04/schema#' }, /draft-04.*is not known/],
      [{ $async: true }, /\$async/],
      [[], /is no object/],
      [() => ({}), /is no object/],
    ];
    for (const [options, message] of cases) {
      await assert.rejects(checkOptions({ options }, reference, {}), { code: 'CONSUMER_SCHEMA_INVALID', message });
    }
  });

  test('may use another draft, formats, and annotations that begin with x-', async () => {
    const options = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      'x-owner': 'mail team',
      properties: { url: { format: 'uri' } },
    };
    const { faults } = await checkOptions({ options }, reference, { url: 'no url' });
    assert.deepEqual(faults, [{ path: ['options', 'url'], message: `must match format "uri"${BY}` }]);
  });
});
