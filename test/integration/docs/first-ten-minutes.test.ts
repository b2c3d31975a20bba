import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { playFirstTenMinutes, TRANSCRIPT_PAGE } from '../../golden/transcript/first-ten-minutes.js';
import { testVhost } from '../../support/broker/test-vhost.js';
import { ROOT } from '../../support/samples/sample.js';

test("the README's first session goes as docs/first-ten-minutes.md says (npm run transcript rewrites it)", {
  timeout: 240_000,
}, async (t) => {
  const vhost = await testVhost(t);
  const page = await playFirstTenMinutes({ after: (undo) => t.after(undo) }, vhost.url);
  // The assertion's own difference of two long texts is cut, and has no context.
  const { stdout, status } = spawnSync('diff', ['--unified', join(ROOT, TRANSCRIPT_PAGE), '-'], {
    input: page,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout);
});
