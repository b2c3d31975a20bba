import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hintsFor } from '../../../../src/cli/screen/frame.js';

test('the hints of the last line end with … if some do not fit', () => {
  assert.equal(hintsFor(['h help', 'q quit'], 14), 'h help  q quit');
  assert.equal(hintsFor(['h help', 'q quit', 'r replay'], 23), 'h help  q quit  …');
  assert.equal(hintsFor(['h help', 'r replay', 'q quit'], 17), 'h help  q quit  …');
  assert.equal(hintsFor(['h help'], 3), '…');
});
