import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerVigil, LONGEST_MS, QUIET_MS } from '../../../src/pool/answer-vigil.js';

/** A clock and an event loop that go on by hand. */
class Loop {
  nowMs = 0;
  readonly vigil = new AnswerVigil({
    nowMs: () => this.nowMs,
    nextTurn: (look) => {
      this.next = look;
    },
  });
  private next: (() => void) | undefined;

  /** True while the loop would not sleep. */
  get isAwake(): boolean {
    return this.next !== undefined;
  }

  turn(ms: number): void {
    this.nowMs += ms;
    const { next } = this;
    this.next = undefined;
    next?.();
  }

  /** A lone message that nobody answers in time. True: there was a vigil for it. */
  watchInVain(): boolean {
    this.turn(QUIET_MS);
    this.vigil.watch();
    const { isAwake } = this;
    this.turn(LONGEST_MS);
    return isAwake;
  }
}

test('the loop stays awake for a lone message, until its answer is here', () => {
  const loop = new Loop();
  loop.vigil.watch();
  assert.equal(loop.isAwake, true);
  loop.turn(LONGEST_MS / 3);
  assert.equal(loop.isAwake, true);
  loop.vigil.answered();
  loop.turn(LONGEST_MS / 3);
  assert.equal(loop.isAwake, false);
});

test('an answer that does not come is waited for awake only for so long', () => {
  const loop = new Loop();
  loop.vigil.watch();
  loop.turn(LONGEST_MS / 2);
  assert.equal(loop.isAwake, true);
  loop.turn(LONGEST_MS / 2);
  assert.equal(loop.isAwake, false);
});

test('where one message follows another, nobody is kept awake: the processor has better to do', () => {
  const loop = new Loop();
  loop.vigil.watch();
  loop.vigil.answered();
  loop.turn(0);
  for (let message = 0; message < 100; message++) {
    loop.turn(QUIET_MS * 0.9);
    loop.vigil.watch();
    assert.equal(loop.isAwake, false);
  }
  loop.turn(QUIET_MS);
  loop.vigil.watch();
  assert.equal(loop.isAwake, true);
});

test('for a consumer that takes longer, fewer and fewer messages are stayed awake for', () => {
  const loop = new Loop();
  const kept = Array.from({ length: 1000 }, () => loop.watchInVain()).filter(Boolean).length;
  assert.ok(kept >= 15 && kept <= 25, `${kept} vigils for 1,000 messages`);
});

test('one answer in time, and the loop stays awake for each lone message again', () => {
  const loop = new Loop();
  for (let message = 0; message < 200; message++) loop.watchInVain();
  for (let message = 0; message <= 64 && !loop.isAwake; message++) {
    loop.turn(QUIET_MS);
    loop.vigil.watch();
  }
  assert.equal(loop.isAwake, true, 'it looks again after 64 messages at most');
  loop.vigil.answered();
  loop.turn(QUIET_MS);
  loop.vigil.watch();
  assert.equal(loop.isAwake, true);
});
