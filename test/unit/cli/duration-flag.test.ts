import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseDuration } from '../../../src/cli/duration-flag.js';
import { ConfigurationError } from '../../../src/errors/index.js';

describe('parseDuration', () => {
  it('reads each unit, and whole milliseconds as number or text', () => {
    assert.equal(parseDuration('500ms'), 500);
    assert.equal(parseDuration('30s'), 30_000);
    assert.equal(parseDuration('5m'), 300_000);
    assert.equal(parseDuration('1h'), 3_600_000);
    assert.equal(parseDuration(250), 250);
    assert.equal(parseDuration('250'), 250);
    assert.equal(parseDuration('0s'), 0);
  });

  it('rejects everything else and says what it expects', () => {
    for (const written of ['', 's', '1.5s', '-1s', '1 s', '1d', '1S', 'ten', -1, 1.5, Number.NaN, '1e3', '１s']) {
      assert.throws(
        () => parseDuration(written),
        (thrown) =>
          thrown instanceof ConfigurationError &&
          thrown.code === 'CONFIG_INVALID' &&
          thrown.message.includes('500ms, 30s, 5m or 1h'),
        String(written),
      );
    }
  });

  it('rejects durations that overflow a timer, because it would fire at once', () => {
    assert.equal(parseDuration('596h'), 2_145_600_000);
    assert.throws(() => parseDuration('597h'));
    assert.throws(() => parseDuration(2 ** 31));
    assert.throws(() => parseDuration(`${'9'.repeat(400)}s`));
  });
});
