import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { MessageMemory } from '../../../../src/amqp/index.js';
import { BrokerConnection, type ConnectionOptions } from '../../../../src/broker/connection/broker-connection.js';
import { messageOf } from '../../../../src/errors/index.js';
import { methodFrame } from '../../../support/amqp/amqp-frames.js';
import { RecordedLog } from '../../../support/recorded-log.js';
import { type BrokerEnd, closesConnection } from '../broker-end.js';
import { ADDRESS, BrokerEnds, RETRY_MS, SETTINGS } from '../broker-ends.js';

const LOGIN_REFUSED = closesConnection(403, 'ACCESS_REFUSED - Login was refused');
const LIMIT = closesConnection(530, "NOT_ALLOWED - access to vhost '/' refused: connection limit (1) is reached");
const CLOSE_TIMEOUT_MS = 2_000;
/** A connection that lives this long resets the back-off. */
const HEALTHY_MS = 1_000;

/** A real connection over the real wire, the broker's ends of it, and a clock that the test moves. */
class Stage {
  readonly brokers = new BrokerEnds();
  readonly log = new RecordedLog('debug');
  readonly connection: BrokerConnection;
  /** `waiting`, `opened`, or the error of the start. */
  outcome = 'waiting';
  opened = 0;
  readonly refusals: string[] = [];
  private readonly t: TestContext;
  private nowMs = 0;

  constructor(t: TestContext, changes: Partial<ConnectionOptions> = {}) {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    this.t = t;
    this.connection = new BrokerConnection({
      address: ADDRESS,
      name: 'c',
      settings: SETTINGS,
      memory: new MessageMemory(),
      logger: this.log.logger,
      random: () => 1,
      connect: this.brokers.connect,
      nowMs: () => this.nowMs,
      onOpen: () => void this.opened++,
      onRefused: (reason) => void this.refusals.push(reason),
      ...changes,
    });
  }

  /** The broker prepares each connection so. */
  prepare(prepare: (end: BrokerEnd) => void): void {
    this.brokers.prepare = prepare;
  }

  async start(): Promise<void> {
    this.connection.start().then(
      () => (this.outcome = 'opened'),
      (error: unknown) => (this.outcome = messageOf(error)),
    );
    await this.brokers.settle();
  }

  async pass(ms: number): Promise<void> {
    this.nowMs += ms;
    this.t.mock.timers.tick(ms);
    await this.brokers.settle();
  }

  async lose(): Promise<void> {
    this.brokers.newest.destroy();
    await this.brokers.settle();
  }

  /** The waits between attempts so far, in milliseconds. */
  get waits(): number[] {
    return this.log.lines.flatMap(({ waitMs }) => (typeof waitMs === 'number' ? [waitMs] : []));
  }
}

function unreachable(): never {
  throw new Error('connect ECONNREFUSED');
}

describe('a broker connection', () => {
  test('opens, and reports that once', async (t) => {
    const stage = new Stage(t);
    assert.equal(stage.connection.isOpen, false);
    await stage.start();
    assert.deepEqual([stage.outcome, stage.opened, stage.connection.isOpen], ['opened', 1, true]);
    assert.deepEqual(stage.log.messages, ['connected to broker:5672']);
    assert.equal(stage.log.lines[0]?.['connection'], 'c');
  });

  test('tries its hosts in random order, and waits only after the last', async (t) => {
    const hosts = ['a', 'b', 'd'].map((host) => ({ host, port: 1 }));
    const order = [0.9, 0.1, 0.5];
    const stage = new Stage(t, { address: { ...ADDRESS, hosts }, random: () => order.shift() ?? 1 });
    stage.prepare(unreachable);
    await stage.start();
    assert.deepEqual(stage.brokers.attempts, ['c b:1', 'c d:1', 'c a:1']);
    assert.deepEqual([stage.outcome, stage.waits], ['waiting', [RETRY_MS]]);
    assert.equal(stage.log.messages[0], 'cannot connect to b:1: connect ECONNREFUSED');
  });

  test('waits longer after each failed attempt', async (t) => {
    const stage = new Stage(t);
    stage.prepare(unreachable);
    await stage.start();
    await stage.pass(RETRY_MS);
    stage.prepare(() => undefined);
    await stage.pass(2 * RETRY_MS - 1);
    assert.equal(stage.outcome, 'waiting');
    await stage.pass(1);
    assert.equal(stage.outcome, 'opened');
    assert.deepEqual([stage.waits, stage.refusals], [[RETRY_MS, 2 * RETRY_MS], []]);
  });

  test('warns of a small frame_max, at the first connection only', async (t) => {
    const stage = new Stage(t);
    stage.prepare((end) => end.next('ConnectionStartOk', () => methodFrame('ConnectionTune', 0, { frameMax: 4_096 })));
    await stage.start();
    await stage.lose();
    await stage.pass(RETRY_MS);
    assert.equal(stage.opened, 2);
    assert.equal(stage.log.messages.filter((line) => line.startsWith("the broker's frame_max is 4096")).length, 1);
  });

  test('logs that the broker blocks publishing, and that it no longer does', async (t) => {
    const stage = new Stage(t);
    await stage.start();
    stage.brokers.newest.say(methodFrame('ConnectionBlocked', 0, { reason: 'low on memory' }));
    stage.brokers.newest.say(methodFrame('ConnectionUnblocked', 0));
    await stage.brokers.settle();
    const [blocked, unblocked] = stage.log.messages.slice(-2);
    assert.equal(blocked, 'the broker blocks publishing: low on memory');
    assert.equal(unblocked, 'the broker accepts publishes again');
  });
});

describe('a refused broker connection', () => {
  test('fails at the first start, without another attempt', async (t) => {
    const hosts = ['a', 'b'].map((host) => ({ host, port: 1 }));
    const stage = new Stage(t, { address: { ...ADDRESS, hosts } });
    stage.prepare((end) => end.next('ConnectionStartOk', LOGIN_REFUSED));
    await stage.start();
    assert.match(stage.outcome, /^the broker at a:1 refused user "guest" on virtual host "\/": .*Login was refused/);
    await stage.pass(60_000);
    assert.deepEqual([stage.brokers.attempts.length, stage.refusals], [1, []]);
  });

  test('is retried when its settings are trusted, and each refusal is reported', async (t) => {
    const stage = new Stage(t, { trusted: true });
    stage.prepare((end) => end.next('ConnectionStartOk', LOGIN_REFUSED));
    await stage.start();
    stage.prepare(() => undefined);
    await stage.pass(RETRY_MS);
    assert.deepEqual([stage.outcome, stage.refusals], ['opened', ['ACCESS_REFUSED - Login was refused']]);
  });

  test('is retried after it was open once', async (t) => {
    const stage = new Stage(t);
    await stage.start();
    await stage.lose();
    stage.prepare((end) => end.next('ConnectionStartOk', LOGIN_REFUSED));
    await stage.pass(RETRY_MS);
    stage.prepare(() => undefined);
    await stage.pass(2 * RETRY_MS);
    assert.deepEqual([stage.opened, stage.refusals.length], [2, 1]);
  });

  test('over a limit is retried at the first start', async (t) => {
    const stage = new Stage(t);
    stage.prepare((end) => end.next('ConnectionOpen', LIMIT));
    await stage.start();
    assert.equal(stage.outcome, 'waiting');
    stage.prepare(() => undefined);
    await stage.pass(RETRY_MS);
    assert.equal(stage.outcome, 'opened');
  });
});

describe('a lost broker connection', () => {
  test('is opened again after a wait, and logs the words of the broker', async (t) => {
    const stage = new Stage(t);
    await stage.start();
    stage.brokers.newest.closeConnection(320, 'CONNECTION_FORCED - shutdown');
    await stage.brokers.settle();
    assert.equal(stage.connection.isOpen, false);
    assert.ok(stage.log.messages.includes('connection lost: CONNECTION_FORCED - shutdown'));
    await stage.pass(RETRY_MS);
    assert.deepEqual([stage.opened, stage.connection.isOpen], [2, true]);
  });

  for (const { lived, waits, isHarmless } of [
    { lived: HEALTHY_MS, waits: [RETRY_MS, RETRY_MS], isHarmless: false },
    { lived: HEALTHY_MS - 1, waits: [RETRY_MS, 2 * RETRY_MS], isHarmless: false },
    { lived: 0, waits: [RETRY_MS, RETRY_MS], isHarmless: true },
  ]) {
    const kind = isHarmless ? 'through no fault of the broker' : `after ${lived} ms`;
    test(`waits ${waits.join(' ms, then ')} ms when it is lost ${kind}`, async (t) => {
      const stage = new Stage(t, { isHarmless: () => isHarmless });
      await stage.start();
      await stage.lose();
      await stage.pass(RETRY_MS);
      await stage.pass(lived);
      await stage.lose();
      assert.deepEqual(stage.waits, waits);
    });
  }

  test('is opened at once when it is woken', async (t) => {
    const stage = new Stage(t);
    await stage.start();
    await stage.lose();
    stage.connection.wake();
    await stage.brokers.settle();
    assert.equal(stage.opened, 2);
  });

  test('waits as usual when it was woken while it was open', async (t) => {
    const stage = new Stage(t);
    await stage.start();
    stage.connection.wake();
    await stage.lose();
    assert.equal(stage.opened, 1);
    await stage.pass(RETRY_MS);
    assert.equal(stage.opened, 2);
  });
});

describe('a broker connection that is stopped', () => {
  test('closes, and opens no other', async (t) => {
    const stage = new Stage(t);
    await stage.start();
    await stage.connection.stop();
    assert.deepEqual(stage.brokers.newest.briefly, ['ConnectionClose 0']);
    await stage.pass(60_000);
    assert.deepEqual([stage.opened, stage.log.messages.length], [1, 1]);
  });

  test('waits two seconds for a broker that does not answer', async (t) => {
    const stage = new Stage(t);
    await stage.start();
    stage.brokers.newest.next('ConnectionClose', () => undefined);
    let isStopped = false;
    void stage.connection.stop().then(() => (isStopped = true));
    await stage.pass(CLOSE_TIMEOUT_MS - 1);
    assert.equal(isStopped, false);
    await stage.pass(1);
    assert.equal(isStopped, true);
  });

  test('waits no longer than its deadline', async (t) => {
    const stage = new Stage(t);
    await stage.start();
    stage.brokers.newest.next('ConnectionClose', () => undefined);
    const deadline = new AbortController();
    const stopped = stage.connection.stop(deadline.signal);
    deadline.abort();
    await stopped;
  });

  test('stops waiting for its next attempt, and ends its start', async (t) => {
    const stage = new Stage(t);
    stage.prepare(unreachable);
    await stage.start();
    await stage.connection.stop();
    await stage.brokers.settle();
    assert.equal(stage.outcome, 'opened');
    await stage.pass(60_000);
    assert.equal(stage.brokers.attempts.length, 1);
  });

  test('tries no further host', async (t) => {
    const hosts = ['a', 'b'].map((host) => ({ host, port: 1 }));
    const stage = new Stage(t, { address: { ...ADDRESS, hosts } });
    stage.prepare(() => {
      void stage.connection.stop();
      unreachable();
    });
    await stage.start();
    assert.equal(stage.brokers.attempts.length, 1);
  });

  test('closes a connection that opens only then', async (t) => {
    const stage = new Stage(t);
    let accept = (): void => assert.fail('nothing was asked');
    stage.prepare((end) => (accept = end.hold('ConnectionOpen')));
    await stage.start();
    await stage.connection.stop();
    accept();
    await stage.brokers.settle();
    assert.deepEqual([stage.opened, stage.brokers.newest.briefly], [0, ['ConnectionClose 0']]);
  });
});
