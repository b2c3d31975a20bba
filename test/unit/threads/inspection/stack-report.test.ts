import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import {
  areOfNode,
  type Evidence,
  fileOf,
  isInternalFile,
  stackless,
  stackOf,
} from '../../../../src/threads/inspection/stack-report.js';
import { repositoryFile } from '../../config/repository-file.js';

const SILENT: Evidence = { withinMs: 2_000, hasReplied: false, idleShare: 0, cpuShare: undefined, isAsleep: false };

function inRepository(path: string): string {
  return join(dirname(repositoryFile('package-lock.json')), path);
}

function told(more: Partial<Evidence>): readonly [string, string] {
  const { state, text, frames } = stackless(3, { ...SILENT, ...more });
  assert.deepEqual(frames, []);
  return [state, text];
}

describe('the stack report of a thread', () => {
  test('has its frames as lines, innermost first', () => {
    const frames = [
      { function: 'hash', file: '/app/hash.ts', line: 12, column: 5, isInternal: false },
      { function: '(anonymous)', file: 'node:internal/timers', line: 580, column: 17, isInternal: true },
    ];
    assert.deepEqual(stackOf(3, frames), {
      thread: 3,
      state: 'javascript',
      frames,
      text: 'hash (/app/hash.ts:12:5)\n(anonymous) (node:internal/timers:580:17)',
    });
  });

  test('calls a thread idle if it replied without JavaScript, or waited for events most of the time', () => {
    const words = 'idle: no JavaScript runs; its consumers are awaiting something, or it has no message';
    assert.deepEqual(told({ hasReplied: true }), ['idle', words]);
    assert.deepEqual(told({ idleShare: 0.9 }), ['idle', words]);
  });

  test('calls a silent thread native only if the kernel says that it sleeps, or that it computes', () => {
    const [asleep, waits] = told({ isAsleep: true, cpuShare: 0 });
    assert.equal(asleep, 'native');
    assert.match(waits, /did not reply within 2 s and used no processor: it waits outside JavaScript, as in execSync/);
    const [busy, computes] = told({ cpuShare: 0.97 });
    assert.equal(busy, 'native');
    assert.match(computes, /used 97 % of a processor: it computes outside JavaScript/);
  });

  test('claims nothing about a silent thread of which nothing is known, or that got no processor', () => {
    const words = 'the thread did not reply within 2 s: it is outside JavaScript, or the machine is overloaded';
    assert.deepEqual(told({}), ['no_reply', words]);
    assert.deepEqual(told({ cpuShare: 0.2 }), ['no_reply', words]);
    assert.deepEqual(told({ isAsleep: true }), ['no_reply', words]);
  });

  test('says of a silent thread whose event loop turns that the machine is overloaded', () => {
    assert.deepEqual(told({ withinMs: 250, idleShare: 0.2, cpuShare: 0.9 }), [
      'no_reply',
      'the thread did not reply within 0.25 s, but its event loop turns: the machine is overloaded',
    ]);
  });

  test('names files by their path, and evaluated code as such', () => {
    assert.deepEqual(['file:///app/a%20b.js', 'node:fs', '', 'file://%'].map(fileOf), [
      '/app/a b.js',
      'node:fs',
      '<evaluated>',
      'file://%',
    ]);
  });

  test('calls code of Node.js and of the daemon internal, and no code beside that of the daemon', () => {
    const own = [
      'dist/workers/consumer-host.js',
      'dist/src/bridge/a.js',
      'workers/consumer-host.ts',
      'src/bridge/a.ts',
    ];
    for (const file of ['node:internal/timers', ...own.map(inRepository)])
      assert.equal(isInternalFile(file), true, file);
    const others = [
      'examples/mails.ts',
      'dist/examples/mails.js',
      'test/fixtures/stuck.mjs',
      'node_modules/a/src/b.js',
    ];
    for (const file of ['<evaluated>', '/app/src/a.ts', '/app/node_modules/a/b.js', ...others.map(inRepository)])
      assert.equal(isInternalFile(file), false, file);
  });

  test('tells frames of Node.js from those of a consumer', () => {
    const frame = { function: 'run', line: 1, column: 1, isInternal: false };
    const node = { ...frame, file: 'node:internal/timers' };
    assert.equal(areOfNode([node]), true);
    assert.equal(areOfNode([node, { ...frame, file: '/app/a.js' }]), false);
  });
});
