import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdleSpin, LONGEST_MS, QUIET_MS } from '../../../src/threads/idle-spin.js';

/** A clock and an event loop that the test advances. */
class Loop {
  nowMs = 0;
  readonly spin = new IdleSpin({
    nowMs: () => this.nowMs,
    nextTurn: (look) => {
      this.next = look;
    },
  });
  private next: (() => void) | undefined;

  /** True while the loop spins. */
  get isSpinning(): boolean {
    return this.next !== undefined;
  }

  turn(ms: number): void {
    this.nowMs += ms;
    const { next } = this;
    this.next = undefined;
    next?.();
  }

  /** A lone message without an answer in time. True: the loop spun for it. */
  spinInVain(): boolean {
    this.turn(QUIET_MS);
    this.spin.delivered();
    const { isSpinning } = this;
    this.turn(LONGEST_MS);
    return isSpinning;
  }
}

test('the loop spins for a lone message until its answer arrives', () => {
  const loop = new Loop();
  loop.spin.delivered();
  assert.equal(loop.isSpinning, true);
  loop.turn(LONGEST_MS / 3);
  assert.equal(loop.isSpinning, true);
  loop.spin.answered();
  loop.turn(LONGEST_MS / 3);
  assert.equal(loop.isSpinning, false);
});

test('the loop spins for a limited time when no answer arrives', () => {
  const loop = new Loop();
  loop.spin.delivered();
  loop.turn(LONGEST_MS / 2);
  assert.equal(loop.isSpinning, true);
  loop.turn(LONGEST_MS / 2);
  assert.equal(loop.isSpinning, false);
});

test('the loop does not spin when messages follow each other', () => {
  const loop = new Loop();
  loop.spin.delivered();
  loop.spin.answered();
  loop.turn(0);
  for (let message = 0; message < 100; message++) {
    loop.turn(QUIET_MS * 0.9);
    loop.spin.delivered();
    assert.equal(loop.isSpinning, false);
  }
  loop.turn(QUIET_MS);
  loop.spin.delivered();
  assert.equal(loop.isSpinning, true);
});

test('the loop spins for fewer and fewer messages of a slow consumer', () => {
  const loop = new Loop();
  const kept = Array.from({ length: 1000 }, () => loop.spinInVain()).filter(Boolean).length;
  assert.ok(kept >= 15 && kept <= 25, `${kept} spins for 1,000 messages`);
});

test('after one quick answer the loop spins for each lone message again', () => {
  const loop = new Loop();
  for (let message = 0; message < 200; message++) loop.spinInVain();
  for (let message = 0; message <= 64 && !loop.isSpinning; message++) {
    loop.turn(QUIET_MS);
    loop.spin.delivered();
  }
  assert.equal(loop.isSpinning, true, 'it looks again after 64 messages at most');
  loop.spin.answered();
  loop.turn(QUIET_MS);
  loop.spin.delivered();
  assert.equal(loop.isSpinning, true);
});
