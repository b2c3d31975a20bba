import type { TestContext } from 'node:test';
import { MessageMemory } from '../../../../src/amqp/index.js';
import { BrokerConnection, type ConnectionOptions } from '../../../../src/broker/connection/broker-connection.js';
import { messageOf } from '../../../../src/errors/index.js';
import { RecordedLog } from '../../../support/recorded-log.js';
import type { BrokerEnd } from '../broker-end.js';
import { ADDRESS, BrokerEnds, SETTINGS } from '../broker-ends.js';

/** A real connection over the real wire, the broker's ends of it, and a clock that the test moves. */
export class BrokerConnectionBench {
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
