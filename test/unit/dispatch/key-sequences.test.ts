import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { decodeRoute } from '../../../src/amqp/index.js';
import { keyReader } from '../../../src/dispatch/backlog/partition-key.js';
import type { Delivery } from '../../../src/dispatch/delivery.js';
import { WINDOW } from '../../../src/dispatch/delivery.js';
import { Bench } from './bench.js';
import type { FakeEpoch } from './fake-epoch.js';

const SLOTS = [0, 1, 0, 1, 2];
const KEYS = 6;
/** The key of a message without one; each such message is alone. */
const NONE = '-';
const ROUTING_KEY = keyReader({ kind: 'routing_key' });

const weights = {
  receive: 14,
  flood: 1,
  begin: 20,
  end: 16,
  hear: 16,
  fail: 4,
  up: 6,
  die: 2,
  lose: 2,
  pass: 3,
  look: 3,
};
type Kind = keyof typeof weights;
const KINDS = ['receive', 'flood', 'begin', 'end', 'hear', 'fail', 'up', 'die', 'lose', 'pass', 'look'] as const;

interface Step {
  readonly kind: Kind;
  readonly slot: number;
  readonly key: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(...KINDS.map((kind) => ({ weight: weights[kind], arbitrary: fc.constant(kind) }))),
  slot: fc.nat(SLOTS.length - 1),
  key: fc.nat(KEYS),
});

/** One run: running deliveries by slot, the order of begins by key, and reports in transit. */
class Run {
  readonly bench = new Bench(SLOTS, {
    keyOf: (message) => {
      const key = ROUTING_KEY(message);
      return key === NONE ? undefined : key;
    },
  });
  readonly epochs: FakeEpoch[] = [this.bench.epoch];
  readonly running = new Map<number, Delivery>();
  received = 0;
  sideBySide = 0;
  private readonly last = new Map<string, number>();
  private readonly unheard = new Map<number, (() => void)[]>();
  private readonly clock: TestContext['mock']['timers'];

  constructor(clock: TestContext['mock']['timers']) {
    this.clock = clock;
  }

  take({ kind, slot, key }: Step): void {
    const { bench } = this;
    switch (kind) {
      case 'receive':
        return this.receive(key);
      case 'flood':
        for (let left = 2 * WINDOW; left > 0; left--) this.receive(left % 2 === 0 ? key : left % KEYS);
        return;
      case 'begin':
        return this.begin(slot);
      case 'end':
        return this.end(slot);
      case 'hear':
        return this.hear(slot, 1);
      case 'fail':
        return this.fail(slot);
      case 'up':
        return this.up(slot);
      case 'die':
        return this.die(bench.slot(slot).thread);
      case 'lose':
        bench.loseChannel();
        this.epochs.push(bench.epoch);
        return;
      case 'pass':
        bench.nowMs += 10;
        return;
      case 'look':
        return this.clock.tick(30);
    }
  }

  /** Brings every slot up and works until nothing is left. */
  workOff(): void {
    do {
      for (const slot of SLOTS.keys()) {
        this.up(slot);
        this.begin(slot);
        this.end(slot);
        this.hear(slot);
      }
    } while (this.bench.flow.running > 0);
  }

  private receive(key: number): void {
    this.received++;
    this.bench.receiveKeys(key === KEYS ? NONE : `key ${key}`);
  }

  private begin(slot: number): void {
    const { bench } = this;
    const delivery = bench.begin(slot);
    // The thread finds a revoked delivery.
    if (bench.slot(slot).stalled) bench.flow.slotAwake(bench.slot(slot));
    if (delivery === undefined) return;
    const key = keyOf(delivery);
    if (key !== NONE) {
      for (const other of this.running.values()) assert.notEqual(keyOf(other), key, 'two of one key run');
      const { deliveryTag } = delivery.message;
      assert.ok(deliveryTag > (this.last.get(key) ?? 0), `${deliveryTag} of ${key} began behind a later one`);
      this.last.set(key, deliveryTag);
    }
    this.running.set(slot, delivery);
    this.sideBySide = Math.max(this.sideBySide, this.running.size);
  }

  /** `consume` returns, and the main thread does not know yet. */
  private end(slot: number): void {
    const { thread } = this.bench.slot(slot);
    const report = this.bench.thread(thread).end(slot);
    if (report === undefined) return;
    this.running.delete(slot);
    this.unheard.set(thread, [...(this.unheard.get(thread) ?? []), report]);
  }

  private hear(slot: number, most = Number.POSITIVE_INFINITY): void {
    const reports = this.unheard.get(this.bench.slot(slot).thread) ?? [];
    for (const report of reports.splice(0, most)) report();
  }

  private fail(slot: number): void {
    if (!this.running.delete(slot)) return;
    this.hear(slot);
    this.bench.fail(slot);
  }

  private up(slot: number): void {
    if (this.bench.slot(slot).isUp) return;
    this.hear(slot);
    this.bench.flow.slotUp(this.bench.slot(slot));
  }

  private die(thread: number): void {
    this.unheard.delete(thread);
    for (const [slot, own] of SLOTS.entries()) if (own === thread) this.running.delete(slot);
    this.bench.die(thread);
  }
}

function keyOf({ message }: Delivery): string {
  return decodeRoute(message.route).routingKey;
}

test('no sequence of events runs one key in parallel or out of order, or forgets a delivery', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let most = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 300, size: 'max' }), fc.boolean(), async (steps, isStopped) => {
      const run = new Run(t.mock.timers);
      for (const each of steps) run.take(each);
      if (isStopped) void run.bench.flow.drain();
      run.workOff();
      await run.bench.flow.drain();
      for (const { violations } of run.epochs) assert.deepEqual(violations, []);
      const ends = run.bench.events.filter((event) => /^(answered|lost) /.test(event));
      assert.equal(ends.length, run.received, 'something is neither settled nor lost');
      most = Math.max(most, run.sideBySide);
    }),
    { numRuns: 400 },
  );
  assert.equal(most, SLOTS.length);
});
