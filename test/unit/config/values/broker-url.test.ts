import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { describeAddress, parseBrokerUrl } from '../../../../src/config/index.js';
import { ConfigurationError, messageOf } from '../../../../src/errors/index.js';

const hostsOf = (url: string) => parseBrokerUrl(url).hosts.map(({ host, port }) => `${host} ${port}`);
const loginOf = (url: string) => {
  const { username, password } = parseBrokerUrl(url);
  return [username, password];
};
const vhostOf = (url: string) => parseBrokerUrl(url).vhost;

describe('parseBrokerUrl', () => {
  it('defaults to the local broker', () => {
    assert.deepEqual(parseBrokerUrl(), {
      protocol: 'amqp',
      hosts: [{ host: 'localhost', port: 5672 }],
      username: 'guest',
      password: 'guest',
      vhost: '/',
      heartbeatSeconds: undefined,
      warnings: [],
    });
  });

  it('reads several hosts, each with its own port', () => {
    const { username, password, vhost, heartbeatSeconds } = parseBrokerUrl('amqp://u:p@a:5673,b,c:1/v?heartbeat=30');
    assert.deepEqual([username, password, vhost, heartbeatSeconds], ['u', 'p', 'v', 30]);
    assert.deepEqual(hostsOf('amqp://u:p@a:5673,b,c:1/v'), ['a 5673', 'b 5672', 'c 1']);
    assert.deepEqual(hostsOf('AMQPS://a,b:5672'), ['a 5671', 'b 5672']);
  });

  it('reads IPv6 addresses in brackets', () => {
    assert.deepEqual(hostsOf('amqp://[::1],[fe80::1]:5673/'), ['::1 5672', 'fe80::1 5673']);
  });

  it('decodes user, password and virtual host', () => {
    assert.deepEqual(loginOf('amqp://us%40er:p%3A%2F%25%C3%A9@a'), ['us@er', 'p:/%é']);
    assert.equal(vhostOf('amqp://a/foo%2Fbar'), 'foo/bar');
    assert.equal(vhostOf('amqp://a/%2F'), '/');
    assert.equal(vhostOf('amqp://a/%2f'), '/');
  });

  it('reads an absent or empty virtual host as /', () => {
    for (const url of ['amqp://a', 'amqp://a/', 'amqp://a//', 'amqp://a?heartbeat=1']) assert.equal(vhostOf(url), '/');
  });

  it('accepts a bare @ and a bare colon in the password', () => {
    assert.deepEqual(loginOf('amqp://u:p@ss@a/v'), ['u', 'p@ss']);
    assert.deepEqual(loginOf('amqp://u:p:w@a/v'), ['u', 'p:w']);
    assert.deepEqual(hostsOf('amqp://u:p@ss@a/v'), ['a 5672']);
  });

  it('defaults to guest without a user, and to an empty password with one', () => {
    assert.deepEqual(loginOf('amqp://a'), ['guest', 'guest']);
    assert.deepEqual(loginOf('amqp://@a'), ['guest', 'guest']);
    assert.deepEqual(loginOf('amqp://u@a'), ['u', '']);
    assert.deepEqual(loginOf('amqp://u:@a'), ['u', '']);
  });

  it('leaves an absent or empty heartbeat, or none, to the broker', () => {
    for (const query of ['', '?', '?heartbeat=', '?heartbeat=none', '?heartbeat=None']) {
      const { heartbeatSeconds, warnings } = parseBrokerUrl(`amqp://a/${query}`);
      assert.deepEqual([heartbeatSeconds, warnings], [undefined, []], query);
    }
  });

  it('warns of an unreadable heartbeat and leaves it to the broker', () => {
    for (const written of ['abc', '-1', '1.5', '30s', '65536', '0x10']) {
      const { heartbeatSeconds, warnings } = parseBrokerUrl(`amqp://a/?heartbeat=${written}`);
      assert.equal(heartbeatSeconds, undefined, written);
      assert.match(warnings.join(), /^heartbeat in RABBITMQ_URL is not a whole number of seconds/);
    }
  });

  it('reads a heartbeat of 0 as off', () => {
    assert.equal(parseBrokerUrl('amqp://a/?heartbeat=0').heartbeatSeconds, 0);
  });

  it('prefers RABBITMQ_HEARTBEAT to the query string and reads it the same way', () => {
    const url = 'amqp://a/?heartbeat=30';
    assert.equal(parseBrokerUrl(url, '10').heartbeatSeconds, 10);
    assert.equal(parseBrokerUrl(url, '0').heartbeatSeconds, 0);
    assert.equal(parseBrokerUrl(url, 'none').heartbeatSeconds, undefined);
    const { heartbeatSeconds, warnings } = parseBrokerUrl(url, 'soon');
    assert.equal(heartbeatSeconds, undefined);
    assert.match(warnings.join(), /^RABBITMQ_HEARTBEAT is not/);
  });

  it('warns of an unknown query key', () => {
    assert.deepEqual(parseBrokerUrl('amqp://a/?heartbeat=1&channelMax=1&channelMax=2').warnings, [
      '"channelMax" in the query of RABBITMQ_URL is not known and has no effect',
    ]);
    const unknown = 'in the query of RABBITMQ_URL is not known and has no effect';
    assert.deepEqual(parseBrokerUrl('amqp://a/?frame_max=4096&frameMax=131072').warnings, [
      `"frame_max" ${unknown} (and RabbitMQ 4.1 and later require at least 8192)`,
      `"frameMax" ${unknown}`,
    ]);
  });

  it('rejects malformed URLs and names the place without quoting it', () => {
    const wrong: [string, RegExp][] = [
      ['', /does not begin with amqp:\/\/ or amqps:\/\//],
      ['localhost', /does not begin/],
      ['http://s3cret@a', /does not begin/],
      ['s3cret://a', /does not begin/],
      ['amqp://', /empty host 1/],
      ['amqp:///v', /empty host 1/],
      ['amqp://u:s3cret@', /empty host 1/],
      ['amqp://u:s3cret@a,,b', /empty host 2/],
      ['amqp://u:s3cret@a,b:', /port .* host 2/],
      ['amqp://a:0', /port/],
      ['amqp://a:65536', /port/],
      ['amqp://u:s3cret', /port/],
      ['amqp://a:5672:5673', /not NAME, NAME:PORT or \[IPv6\]:PORT/],
      ['amqp://::1', /IPv6/],
      ['amqp://[::1', /IPv6/],
      ['amqp://[s3cret]', /no IPv6 address/],
      ['amqp://u:s3cret%zz@a', /"%" in the password/],
      ['amqp://u:s3cret%FF@a', /"%" in the password/],
      ['amqp://u%:s3cret@a', /"%" in the user/],
      ['amqp://u:s3cret@a/%', /"%" in the virtual host/],
      ['amqp://:s3cret@a', /password but no user/],
      ['amqp://u:s3cret/x@a', /"@" after the hosts/],
      ['amqp://u:s3cret?x@a', /"@" after the hosts/],
      ['amqp://u:s3cret#x@a', /"@" after the hosts/],
      ['amqp://u:x@s3cret/y@a', /"@" after the hosts/],
      ['amqp://u:s3cret@a/v#w', /"#"/],
      ['amqp://u:s3 cret@a', /white space/],
      ['amqp://u:s3cret@a\n', /begins or ends with white space \(write it without/],
      [' amqp://u:s3cret@a', /begins or ends with white space/],
      ['"amqp://u:s3cret@a"', /begins with a quote \(write it without quotes/],
      ["'amqp://u:s3cret@a'\n", /begins with a quote/],
      ['amqp://u:s3cret@a,amqp://u:s3cret@b', /is a list of URLs \(write one, with all the hosts in it: amqp:\/\/USER/],
      ['amqp://u:s3cret@a amqps://u:s3cret@b', /is a list of URLs/],
      ['amqp://u:s3cret@a;amqp://u:s3cret@b', /is a list of URLs/],
    ];
    for (const [url, message] of wrong) {
      assert.throws(
        () => parseBrokerUrl(url),
        (thrown) => {
          assert.ok(thrown instanceof ConfigurationError, url);
          assert.equal(thrown.code, 'BROKER_URL_INVALID');
          assert.match(thrown.message, message, url);
          assert.doesNotMatch(`${thrown.message}${thrown.stack}${String(thrown.cause)}`, /s3/, url);
          return true;
        },
      );
    }
  });

  it('never shows the password, whatever surrounds it', () => {
    const piece = fc.string({
      unit: fc.constantFrom('a', ':', '@', '/', '?', '#', '%', '[', ']', ',', '=', ' '),
      maxLength: 9,
    });
    fc.assert(
      fc.property(piece, piece, piece, (before, after, rest) => {
        let shown: string;
        try {
          const address = parseBrokerUrl(`amqp://u:${before}S3CRET${after}@host${rest}`);
          shown = describeAddress(address) + address.warnings.join();
        } catch (thrown) {
          shown = messageOf(thrown);
        }
        assert.doesNotMatch(shown, /S3CRET/i);
      }),
      { numRuns: 5000 },
    );
  });

  it('reads back every percent-encoded user, password and virtual host', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(text, text, text, (username, password, vhost) => {
        const [u, p, v] = [username, password, vhost].map(encodeURIComponent);
        const address = parseBrokerUrl(`amqps://${u}:${p}@a,b/${v}`);
        assert.deepEqual([address.username, address.password, address.vhost], [username, password, vhost]);
      }),
    );
  });
});

describe('describeAddress', () => {
  it('shows everything but the password', () => {
    const url = 'amqps://u%20x:secret@a,[::1]:5673/foo%2Fbar?heartbeat=5';
    assert.equal(describeAddress(parseBrokerUrl(url)), 'amqps://u%20x@a:5671,[::1]:5673/foo%2Fbar');
    assert.equal(describeAddress(parseBrokerUrl()), 'amqp://guest@localhost:5672/');
  });
});
