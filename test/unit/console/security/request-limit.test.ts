import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { RequestLimit } from '../../../../src/console/security/request-limit.js';

function response(): ServerResponse {
  return new ServerResponse(new IncomingMessage(new Socket()));
}

function begun(limit: RequestLimit, count: number): ServerResponse[] {
  return Array.from({ length: count }, () => {
    const each = response();
    assert.equal(limit.begin(each), true);
    return each;
  });
}

describe('the limit of requests to the console', () => {
  test('ends the oldest request without proof for the 65th', () => {
    const limit = new RequestLimit();
    const [first, second, ...others] = begun(limit, 64);
    assert.equal(limit.begin(response()), true);
    assert.deepEqual([first?.destroyed, second?.destroyed], [true, false]);
    assert.ok(others.every(({ destroyed }) => !destroyed));
  });

  test('refuses the 65th if all others are admitted, until one of them ends', () => {
    const limit = new RequestLimit();
    const [first, ...others] = begun(limit, 64);
    for (const each of [first, ...others]) if (each !== undefined) limit.admit(each);
    assert.equal(limit.begin(response()), false);
    assert.ok(others.every(({ destroyed }) => !destroyed));
    first?.emit('close');
    assert.equal(limit.begin(response()), true);
  });
});
