import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { crossSiteFault, isLoopbackHost, type RequestOrigin } from '../../../../src/console/security/request-origin.js';

const PLAIN: RequestOrigin = { method: 'POST', host: 'a.example', origin: null, fetchSite: null, hasCookie: false };

function passes(changes: Partial<RequestOrigin>): boolean {
  return crossSiteFault({ ...PLAIN, ...changes }) === undefined;
}

describe('the check of Host without a token', () => {
  test('accepts the loopback names with any port', () => {
    for (const host of ['localhost', 'LOCALHOST:80', '127.0.0.1:9464', '127.1.2.3', '[::1]', '[::1]:9464']) {
      assert.equal(isLoopbackHost(host), true, host);
    }
  });

  test('refuses every other name, so that DNS rebinding reaches nothing', () => {
    const others = ['', 'evil.example', '127.0.0.1.evil.example', 'localhost.evil.example', 'xlocalhost', '10.0.0.1'];
    for (const host of [...others, '127.0.0.1@evil.example', 'evil.example:127.0.0.1', '[::2]', '127.0.0.1:', null]) {
      assert.equal(isLoopbackHost(host), false, String(host));
    }
  });
});

describe('the check of the site that a request comes from', () => {
  test('accepts same-origin by Sec-Fetch-Site, and refuses same-site and cross-site', () => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      for (const hasCookie of [true, false]) {
        assert.equal(passes({ method, hasCookie, fetchSite: 'same-origin' }), true);
        for (const fetchSite of ['same-site', 'cross-site', 'bogus', '']) {
          assert.equal(passes({ method, hasCookie, fetchSite, origin: 'http://a.example' }), false, fetchSite);
        }
      }
    }
  });

  test('accepts a request that the user began only if it reads, or has no cookie', () => {
    assert.equal(passes({ method: 'GET', fetchSite: 'none', hasCookie: true }), true);
    assert.equal(passes({ method: 'POST', fetchSite: 'none', hasCookie: false }), true);
    assert.equal(passes({ method: 'POST', fetchSite: 'none', hasCookie: true }), false);
  });

  test('compares Origin with Host if Sec-Fetch-Site is missing', () => {
    assert.equal(passes({ origin: 'http://a.example', hasCookie: true }), true);
    assert.equal(passes({ origin: 'https://A.example:443', hasCookie: true }), true);
    assert.equal(passes({ origin: 'http://a.example:9464', host: 'a.example:9464' }), true);
    assert.equal(passes({ origin: 'http://[::1]:9464', host: '[::1]:9464' }), true);
    for (const origin of [
      'null',
      '',
      'http://b.example',
      'http://a.example:81',
      'http://a.example.evil',
      'a.example',
    ]) {
      assert.equal(passes({ origin }), false, origin);
    }
    assert.equal(passes({ origin: 'http://a.example', host: null }), false);
  });

  test('accepts a request with neither header if it reads or has no cookie: a script', () => {
    assert.equal(passes({}), true);
    assert.equal(passes({ method: 'GET', hasCookie: true }), true);
    assert.equal(passes({ hasCookie: true }), false);
    assert.equal(passes({ method: 'DELETE', hasCookie: true }), false);
  });
});
