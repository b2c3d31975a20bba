import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import type { ReceivedMessage } from '../../../src/amqp/index.js';
import type { BatchRule } from '../../../src/dispatch/backlog/batches.js';
import type { Delivery } from '../../../src/dispatch/delivery.js';
import { WINDOW } from '../../../src/dispatch/delivery.js';
import { type FailureOutcome, REQUEUED } from '../../../src/failures/index.js';
import { Bench } from './bench.js';
import type { FakeEpoch } from './fake-epoch.js';

const SLOTS = [0, 1, 0, 1, 2];
const KINDS = [
  'receive',
  'again',
  'wait',
  'flood',
  'begin',
  'answer',
  'failAlone',
  'finish',
  'giveBack',
  'fail',
  'up',
  'die',
  'lose',
  'stop',
] as const;
const ANSWERS = ['ack', 'nackRequeue', 'nackDrop', 'rejectRequeue', 'rejectDrop'] as const;

interface Step {
  readonly kind: (typeof KINDS)[number];
  readonly slot: number;
  readonly answer: (typeof ANSWERS)[number];
}

const weights: Record<Step['kind'], number> = {
  receive: 6,
  again: 6,
  wait: 4,
  flood: 1,
  begin: 20,
  answer: 6,
  failAlone: 2,
  finish: 8,
  giveBack: 12,
  fail: 4,
  up: 6,
  die: 2,
  lose: 2,
  stop: 1,
};
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(...KINDS.map((kind) => ({ weight: weights[kind], arbitrary: fc.constant(kind) }))),
  slot: fc.nat(SLOTS.length - 1),
  answer: fc.constantFrom(...ANSWERS),
});

/** One run: the begun deliveries by slot, and every channel. */
class Run {
  readonly bench: Bench;
  readonly epochs: FakeEpoch[];
  readonly begun = new Set<Delivery>();
  received = 0;
  isStopped = false;
  /** Held returns before the run. */
  readonly heldBefore: number;
  private readonly t: TestContext;
  private readonly batch: BatchRule | undefined;

  constructor(t: TestContext, batch?: BatchRule) {
    this.t = t;
    this.bench = new Bench(SLOTS, { outcomeOf: decide, batch });
    this.epochs = [this.bench.epoch];
    this.batch = batch;
    for (const id of SLOTS.keys()) for (let left = 9; left > 0; left--) this.giveBack(id);
    this.heldBefore = this.bench.events.filter((event) => event.startsWith('held ')).length;
  }

  take({ kind, slot, answer }: Step): void {
    const { bench } = this;
    switch (kind) {
      case 'receive':
        return this.receive(1 + slot);
      case 'again':
        return this.receiveAgain(slot);
      case 'wait':
        return this.pass(15 * 3 ** slot);
      case 'flood':
        return this.receive(WINDOW * 3);
      case 'begin':
        return this.begin(slot);
      case 'answer':
        return void bench.answer(slot, answer);
      case 'failAlone':
        return void (this.batch !== undefined && bench.failAlone(slot));
      case 'giveBack':
        bench.answer(slot, 'rejectRequeue');
        return bench.finish(slot);
      case 'finish':
        return bench.finish(slot);
      case 'fail':
        return bench.isRunning(slot) ? bench.fail(slot) : undefined;
      case 'up':
        return this.isUp(slot) ? undefined : bench.flow.slotUp(bench.slot(slot));
      case 'die':
        return bench.die(bench.slot(slot).thread);
      case 'lose':
        bench.loseChannel();
        this.epochs.push(bench.epoch);
        return;
      case 'stop':
        this.isStopped = true;
        return void bench.flow.drain();
    }
  }

  check(): void {
    for (const slot of this.bench.slots) {
      assert.ok(slot.handed.length <= (this.batch?.size ?? WINDOW), 'more than a window, or a batch, is with one slot');
      assert.ok(slot.isUp || slot.handed.length === 0, 'a slot that is down holds deliveries');
    }
    for (const { violations } of this.epochs) assert.deepEqual(violations, []);
  }

  /** Brings every slot up and works until nothing is left; fails if something is stuck. */
  workOff(): void {
    const slots = this.bench.slots.map((_, slot) => slot);
    // Every waiting batch has waited long enough.
    this.pass(60_000);
    for (const slot of this.bench.slots) {
      if (slot.isUp) this.bench.flow.slotAwake(slot);
      else this.bench.flow.slotUp(slot);
    }
    do {
      for (const slot of slots) {
        this.begin(slot);
        this.bench.finish(slot);
        this.check();
      }
    } while (this.bench.slots.some(({ handed }) => handed.length > 0));
    this.pass(60_000);
  }

  private pass(ms: number): void {
    this.bench.nowMs += ms;
    this.t.mock.timers.tick(ms);
  }

  private receive(count: number): void {
    this.received += count;
    this.bench.receive(count);
  }

  private receiveAgain(id: number): void {
    this.received++;
    this.bench.receiveAgain(String(id));
  }

  /** A message is delivered and returned again, and is held after some returns. */
  private giveBack(id: number): void {
    this.receiveAgain(id);
    this.pass(this.batch?.waitMs ?? 0);
    this.begin(0);
    this.bench.answer(0, 'rejectRequeue');
    this.bench.finish(0);
    this.pass(1_000);
  }

  private begin(slot: number): void {
    for (const delivery of this.bench.beginNext(slot)) {
      assert.ok(!this.begun.has(delivery), 'one delivery was begun twice');
      assert.ok(delivery.state === 'handed', `a delivery was begun that is ${delivery.state}`);
      this.begun.add(delivery);
    }
  }

  private isUp(slot: number): boolean {
    return this.bench.slot(slot).isUp;
  }
}

/** Failed messages wait for their copy, as with retries; a third of them returns unchanged. */
function decide({ deliveryTag }: ReceivedMessage): FailureOutcome | Promise<FailureOutcome> {
  return deliveryTag % 3 === 0 ? REQUEUED : Promise.resolve({ kind: 'retried', attempt: 1, of: undefined, delayMs: 0 });
}

const BATCH: BatchRule = { size: 7, waitMs: 100, goesAlone: ({ deliveryTag }) => deliveryTag % 10 === 0 };

for (const [what, batch] of [
  ['single messages', undefined],
  ['batches', BATCH],
] as const) {
  test(`no sequence of events settles a delivery twice, on a closed channel, or never: ${what}`, async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let held = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 150, size: 'max' }), async (steps) => {
        const run = new Run(t, batch);
        for (const each of steps) {
          run.take(each);
          run.check();
        }
        if (run.isStopped) {
          for (const slot of SLOTS.keys()) run.bench.finish(slot);
        } else {
          run.workOff();
        }
        await run.bench.flow.drain();

        const count = (name: string): number => run.bench.events.filter((event) => event.startsWith(`${name} `)).length;
        const sent = run.epochs.reduce((sum, { answers }) => sum + answers.size, 0);
        assert.equal(count('answered'), sent, 'an answer was told that was not sent');
        assert.equal(count('answered') + count('lost'), run.received, 'something is neither settled nor lost');
        const ends = run.bench.events.filter((event) => /^(answered|lost) /.test(event));
        held += count('held') - run.heldBefore;
        assert.equal(new Set(ends.map((event) => event.replace(/^\w+ /, ''))).size, run.received);
      }),
      { numRuns: 300 },
    );
    assert.ok(held > 0, 'no return was ever held');
  });
}
