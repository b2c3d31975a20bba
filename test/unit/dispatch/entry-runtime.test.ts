import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { BrokerServer } from '../../../src/broker/index.js';
import {
  type ArgumentTable,
  type Configuration,
  type ConsumerConfig,
  defaultConnection,
} from '../../../src/config/index.js';
import { type EntryRuntime, openEntry } from '../../../src/dispatch/entry-runtime.js';
import { LossLog } from '../../../src/dispatch/failures/loss-log.js';
import { layOutSlots } from '../../../src/dispatch/slots/slot-layout.js';
import { RecordedLog } from '../../support/recorded-log.js';
import { consumerConfig } from './consumer-config.js';
import { FakeEpoch, makeMessage } from './fake-epoch.js';
import { SteppedWorker } from './stepped-worker.js';

const BROKER_TIMEOUT_MS = 30 * 60_000;

/** A running entry with one slot on a thread that the test controls, and a clock that the test moves. */
class Stage {
  readonly entry: EntryRuntime;
  readonly worker: SteppedWorker;
  readonly log = new RecordedLog();
  /** Why the thread was ended. */
  readonly ended: string[] = [];
  server: BrokerServer | undefined = { product: 'RabbitMQ', version: '4.0.5' };
  private readonly t: TestContext;
  private nowMs = 0;

  constructor(t: TestContext, changes: Partial<ConsumerConfig> = {}, queueArguments: ArgumentTable = {}) {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    this.t = t;
    const entry = { ...consumerConfig('Email', 1), ...changes };
    const { logger } = this.log;
    this.entry = openEntry(layOutSlots([entry], 1, 'host-1')[0] ?? assert.fail(), {
      configuration: configurationOf(entry, queueArguments),
      logger,
      losses: new LossLog(logger),
      publish: () => assert.fail('nothing is published'),
      ensureQueue: () => assert.fail('no queue is declared'),
      nowMs: () => this.nowMs,
      random: () => 0.5,
      killThread: (_slot, { code, message }) => void this.ended.push(`${code} ${message}`),
      host: 'host',
      server: () => this.server,
    });
    this.worker = new SteppedWorker(this.entry.slots);
  }

  /** A message arrives, and its consumer begins. */
  begin(): void {
    this.entry.flow.receive(makeMessage(1), new FakeEpoch());
    assert.ok(this.worker.begin(0) !== undefined);
  }

  pass(ms: number, stepMs: number): void {
    for (let left = ms; left > 0; left -= stepMs) {
      this.nowMs += stepMs;
      this.t.mock.timers.tick(stepMs);
    }
  }
}

function configurationOf(entry: ConsumerConfig, args: ArgumentTable): Configuration {
  const { queue, path, place } = entry;
  const kind = { durable: true, autoDelete: false, exclusive: false, passive: false };
  return {
    file: '/etc/dispatcher.yml',
    baseDir: '/etc',
    startupTimeoutMs: 60_000,
    summaryMs: 0,
    connection: defaultConnection(),
    resourceLimits: {},
    exchanges: [],
    queues: [{ queue, ...kind, arguments: args, bindings: [], path, place }],
    consumers: [entry],
  };
}

const told = ({ log: { lines } }: Stage): unknown[] => lines.map(({ deliveryTag, msg }) => [deliveryTag, msg]);

describe('an entry runtime', () => {
  test("warns once about a message near the broker's time limit, without any timeout configured", (t) => {
    const stage = new Stage(t);
    stage.begin();
    stage.pass(0.76 * BROKER_TIMEOUT_MS, 60_000);
    assert.deepEqual(told(stage), []);
    stage.pass(0.2 * BROKER_TIMEOUT_MS, 60_000);
    const msg =
      'still unanswered: the broker closes the channel by default 30 minutes after a delivery and redelivers every message that runs on it';
    assert.deepEqual(told(stage), [[1, msg]]);
    assert.deepEqual(stage.ended, []);
  });

  for (const [consumer, queue, ms] of [
    [{}, { 'x-consumer-timeout': 100_000 }, 100_000],
    [{ 'x-consumer-timeout': 50_000 }, { 'x-consumer-timeout': 100_000 }, 50_000],
  ] as const) {
    test(`warns by the consumer's own time limit before that of its queue: ${ms} ms`, (t) => {
      const stage = new Stage(t, { arguments: consumer }, queue);
      stage.begin();
      stage.pass(0.76 * ms, 1_000);
      assert.deepEqual(told(stage), []);
      stage.pass(0.12 * ms, 1_000);
      const msg = `still unanswered: the broker closes the channel ${ms} ms after a delivery and redelivers every message that runs on it`;
      assert.deepEqual(told(stage), [[1, msg]]);
    });
  }

  for (const [type, says] of [
    ['quorum', /^still unanswered: the broker cancels the consumer by default 30 minutes after a delivery/],
    ['classic', undefined],
    ['stream', undefined],
    [undefined, undefined],
  ] as const) {
    test(`on RabbitMQ 4.3 with a queue of type ${type}: ${says === undefined ? 'does not warn' : 'says that one comes again'}`, (t) => {
      const stage = new Stage(t, {}, type === undefined ? {} : { 'x-queue-type': type });
      stage.server = { product: 'RabbitMQ', version: '4.3.6' };
      stage.begin();
      stage.pass(1.5 * BROKER_TIMEOUT_MS, 60_000);
      assert.equal(stage.log.lines.length, says === undefined ? 0 : 1);
      if (says !== undefined) assert.match(String(stage.log.lines[0]?.['msg']), says);
    });
  }

  test('aborts the signal at timeout.soft with a log line, and ends the thread at timeout.hard', (t) => {
    const stage = new Stage(t, { timeout: { softMs: 1_000, hardMs: 2_000 } });
    stage.begin();
    stage.pass(1_200, 10);
    assert.deepEqual(told(stage), [[1, 'outlasted timeout.soft: aborting its signal']]);
    assert.deepEqual(
      stage.worker.expired.map(({ reason }) => reason),
      ['outlasted timeout.soft (1000 ms)'],
    );
    assert.deepEqual(stage.ended, []);
    stage.pass(1_000, 10);
    assert.deepEqual(stage.ended, ['DELIVERY_TIMEOUT consume of Email outlasted timeout.hard (2000 ms)']);
  });
});
