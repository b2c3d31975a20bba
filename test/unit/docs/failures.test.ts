import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { RECORD_HEADERS } from '../../../src/bridge/index.js';

const page = readFileSync(new URL('../../../../docs/failures.md', import.meta.url), 'utf8');

test('docs/failures.md lists exactly the headers that the daemon writes', () => {
  const listed = [...page.matchAll(/^\| `(x-amqp-dispatcher-[a-z-]+)`/gm)].map(([, name]) => name);
  assert.deepEqual(new Set(listed), new Set(Object.values(RECORD_HEADERS)));
});
