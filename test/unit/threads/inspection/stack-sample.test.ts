import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Reply } from '../../../../src/threads/inspection/inspector-link.js';
import { mapSources, plainFrame, sampleStack } from '../../../../src/threads/inspection/stack-sample.js';
import { figuresOf } from '../../../../src/threads/inspection/thread-watch.js';

function answering(reply: Reply): { ask: () => Promise<Reply>; tell: () => void } {
  return { ask: () => Promise.resolve(reply), tell: () => undefined };
}

const LOOK = { functionName: '', url: 'amqp-dispatcher:stack', lineNumber: 0, columnNumber: 0 };
const HASH = { functionName: 'hash', url: 'file:///app/dist/hash.js', lineNumber: 11, columnNumber: 4 };

describe('the sample of a stack', () => {
  test('leaves out the frame of the look, and counts lines and columns from 1', async () => {
    const reply = { exceptionDetails: { stackTrace: { callFrames: [LOOK, HASH, { url: 7 }] } } };
    assert.deepEqual((await sampleStack(answering(reply))).map(plainFrame), [
      { function: 'hash', file: '/app/dist/hash.js', line: 12, column: 5, isInternal: false },
      { function: '(anonymous)', file: '<evaluated>', line: 1, column: 1, isInternal: false },
    ]);
  });

  test('is empty if no JavaScript runs', async () => {
    const reply = { exceptionDetails: { stackTrace: { callFrames: [LOOK] } } };
    assert.deepEqual(await sampleStack(answering(reply)), []);
    assert.deepEqual(await sampleStack(answering({})), []);
  });

  test('names the sources that the thread knows, and leaves other frames as they are', async () => {
    const sample = await sampleStack(
      answering({ exceptionDetails: { stackTrace: { callFrames: [HASH, HASH, HASH] } } }),
    );
    const origins = [{ url: 'file:///app/src/hash.ts', line: 20, column: 2 }, null, { url: 1 }];
    const plain = { function: 'hash', file: '/app/dist/hash.js', line: 12, column: 5, isInternal: false };
    assert.deepEqual(await mapSources(answering({ result: { value: origins } }), sample), [
      { function: 'hash', file: '/app/src/hash.ts', line: 21, column: 3, isInternal: false },
      plain,
      plain,
    ]);
  });

  test('has no sources if the thread cannot tell them', async () => {
    assert.equal(await mapSources(answering({ exceptionDetails: {} }), []), undefined);
  });
});

describe('the figures of a thread in /proc', () => {
  test('are read after a name that may look like anything', () => {
    const rest = '1 1 1 0 -1 4194304 10 0 0 0 12 3 0 0 20 0 11 0 100 1 1';
    assert.deepEqual(figuresOf(`42 (a) R ) S ${rest}`), { isAsleep: true, cpuMs: 150 });
    assert.deepEqual(figuresOf(`42 (node) R ${rest}`), { isAsleep: false, cpuMs: 150 });
  });

  test('are undefined for another format', () => {
    assert.equal(figuresOf('42 (node)'), undefined);
  });
});
