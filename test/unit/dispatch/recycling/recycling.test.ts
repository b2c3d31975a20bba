import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { Vitals } from '../../../../src/bridge/index.js';
import { Recycling } from '../../../../src/dispatch/recycling/recycling.js';
import { termsOf } from '../../../../src/dispatch/recycling/thread-term.js';
import { layOutSlots } from '../../../../src/dispatch/slots/slot-layout.js';
import { consumerConfig } from '../consumer-config.js';

/** Two threads with a maximum age of a second, and a pool that the test controls. */
class Stage {
  readonly recycling: Recycling;
  /** Threads with a requested replacement, in order. */
  readonly renewed: number[] = [];
  /** The result of the next replacement. */
  renewal = withResolvers();
  readonly sessions = [{ vitals: new Vitals() }, { vitals: new Vitals() }];
  private readonly t: TestContext;
  private nowMs = 0;

  constructor(t: TestContext) {
    t.mock.timers.enable({ apis: ['setInterval'] });
    this.t = t;
    const entry = { ...consumerConfig('A', 2), recycle: { ageMs: 1_000 } };
    this.recycling = new Recycling({
      terms: termsOf(layOutSlots([entry], 2, 'host-1')),
      newest: (thread) => this.sessions[thread] ?? assert.fail(),
      recycle: (thread) => {
        this.renewed.push(thread);
        return this.renewal.promise;
      },
      nowMs: () => this.nowMs,
      random: () => 0.5,
      logger: pino({ level: 'silent' }),
    });
    this.recycling.start();
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 50) {
      this.nowMs += 50;
      this.t.mock.timers.tick(50);
      await Promise.resolve();
    }
  }

  /** Settles the requested replacement. */
  async end(how: boolean | Error): Promise<void> {
    const { resolve, reject } = this.renewal;
    this.renewal = withResolvers();
    if (how instanceof Error) reject(how);
    else resolve(how);
    await new Promise((next) => setImmediate(next));
  }
}

function withResolvers(): {
  promise: Promise<boolean>;
  resolve: (how: boolean) => void;
  reject: (error: Error) => void;
} {
  let [resolve, reject]: [(how: boolean) => void, (error: Error) => void] = [() => {}, () => {}];
  const promise = new Promise<boolean>((fulfil, refuse) => {
    [resolve, reject] = [fulfil, refuse];
  });
  return { promise, resolve, reject };
}

describe('recycling', () => {
  test('starts one successor at a time', async (t) => {
    const stage = new Stage(t);
    await stage.pass(3_000);
    assert.deepEqual(stage.renewed, [0]);
    stage.sessions[0] = { vitals: new Vitals() };
    await stage.end(true);
    await stage.pass(200);
    assert.deepEqual(stage.renewed, [0, 1]);
  });

  test('pauses for a thread without a successor, and tries again', async (t) => {
    const stage = new Stage(t);
    await stage.pass(1_000);
    await stage.end(new Error('no memory'));
    await stage.pass(400);
    assert.deepEqual(stage.renewed, [0]);
    await stage.pass(200);
    assert.deepEqual(stage.renewed, [0, 1]);
    await stage.end(new Error('no memory'));
    await stage.pass(900);
    assert.equal(stage.renewed.length, 2, 'each wait is longer');
    await stage.pass(200);
    assert.equal(stage.renewed.length, 3);
  });

  test('takes threads in turn when the first is due again at once', async (t) => {
    const stage = new Stage(t);
    await stage.pass(1_000);
    // A successor that is due before the next check, because its first message exceeded the heap limit.
    await stage.end(true);
    await stage.pass(100);
    assert.deepEqual(stage.renewed, [0, 1]);
  });

  test('takes threads in turn when the predecessor of the first is still there', async (t) => {
    const stage = new Stage(t);
    await stage.pass(1_000);
    await stage.end(false);
    await stage.pass(100);
    assert.deepEqual(stage.renewed, [0, 1]);
    await stage.end(true);
    await stage.pass(100);
    assert.deepEqual(stage.renewed, [0, 1, 0]);
  });

  test('checks nothing after it was stopped', async (t) => {
    const stage = new Stage(t);
    stage.recycling.stop();
    await stage.pass(3_000);
    assert.deepEqual(stage.renewed, []);
  });
});
