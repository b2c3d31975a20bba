import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ThreadInspections } from '../../../src/control/inspections.js';
import { RecordedLog } from '../../support/recorded-log.js';

const HOUR_MS = 60 * 60_000;
const THREAD = {
  thread: 0,
  state: 'serving',
  replacingSinceMs: undefined,
  heap: undefined,
  threadId: 1,
  loop: undefined,
} as const;

/** Only those that keep the process alive. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}

/** Inspections of one thread whose profile is ready at once; their files are in a folder of the test. */
function inspections(t: TestContext): { inspections: ThreadInspections; profile: () => Promise<string> } {
  const before = process.env['TMPDIR'];
  const folder = mkdtempSync(join(tmpdir(), 'inspections-'));
  process.env['TMPDIR'] = folder;
  t.after(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(folder, { recursive: true });
  });
  const found = new ThreadInspections({
    inspection: {
      stack: () => Promise.reject(new Error('not asked')),
      profile: () => Promise.resolve('{}'),
      heapSnapshot: () => Promise.reject(new Error('not asked')),
    },
    groups: () => [{ name: 'shared', threads: [THREAD], loops: [] }],
    running: () => [],
    phase: () => 'running',
    logger: new RecordedLog().logger,
  });
  return { inspections: found, profile: async () => (await found.profile({ thread: 0, for: '1s' }, 'test')).file };
}

test('a profile that no client moves is removed after an hour', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { profile } = inspections(t);
  const file = await profile();
  t.mock.timers.tick(HOUR_MS - 1);
  assert.equal(existsSync(file), true);
  t.mock.timers.tick(1);
  assert.equal(existsSync(file), false);
});

test('a profile that a client has moved is forgotten with the next one, which a stop removes', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { inspections: kept, profile } = inspections(t);
  const moved = await profile();
  renameSync(moved, `${moved}.mine`);
  const next = await profile();
  // Only a daemon that still knows the path would remove it.
  writeFileSync(moved, 'of somebody else');
  kept.stop();
  t.mock.timers.tick(HOUR_MS);
  assert.deepEqual([moved, `${moved}.mine`, next].map(existsSync), [true, true, false]);
});

test('a profile that waits for its client keeps no process alive', async (t) => {
  const { inspections: kept, profile } = inspections(t);
  t.after(() => kept.stop());
  const before = timers();
  await profile();
  assert.equal(timers(), before);
});
