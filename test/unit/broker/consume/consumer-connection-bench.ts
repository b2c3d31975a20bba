import type { TestContext } from 'node:test';
import { MessageMemory } from '../../../../src/amqp/index.js';
import { ConsumerConnection } from '../../../../src/broker/consume/consumer-connection.js';
import type { Topology } from '../../../../src/broker/topology/topology.js';
import { messageOf } from '../../../../src/errors/index.js';
import { RecordedLog } from '../../../support/recorded-log.js';
import type { Asked, BrokerEnd, Reply } from '../broker-end.js';
import { ADDRESS, BrokerEnds, SETTINGS } from '../broker-ends.js';
import { aQueue } from '../topology/declarations.js';

/** A request that the broker treats in a way of its own: `QueueDeclare mail`. */
interface Rule {
  readonly request: string;
  readonly reply: Reply;
}

/** A real consumer connection over the real wire, the broker's ends of it, and a clock that the test moves. */
export class ConsumerConnectionBench {
  readonly connection: ConsumerConnection;
  readonly brokers = new BrokerEnds();
  readonly log = new RecordedLog();
  /** `waiting`, `started`, or the error of the start. */
  outcome = 'waiting';
  /** Times that the broker was reached. */
  connected = 0;
  /** Each message as `queue tag`. */
  readonly received: string[] = [];
  private readonly t: TestContext;
  private readonly rules: Rule[] = [];
  private nowMs = 0;

  /** @param queues each is declared and consumed from, unless the topology says otherwise */
  constructor(t: TestContext, queues: readonly string[] = ['mail', 'sms'], topology: Partial<Topology> = {}) {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    this.t = t;
    this.brokers.prepare = (end) => this.prepare(end);
    this.connection = new ConsumerConnection({
      address: ADDRESS,
      name: 'dispatcher',
      settings: SETTINGS,
      memory: new MessageMemory(),
      logger: this.log.logger,
      random: () => 1,
      nowMs: () => this.nowMs,
      connect: this.brokers.connect,
      onConnected: () => void this.connected++,
      topology: { exchanges: [], queues: queues.map((queue) => aQueue(queue)), ...topology },
      subscriptions: queues.map((queue, index) => ({
        queue,
        consumerTag: `tag of ${queue}`,
        prefetch: 10,
        busyAt: Number.POSITIVE_INFINITY,
        arguments: {},
        place: `consumers[${index}]`,
        isStream: false,
        wantsDeliveries: () => true,
        onDelivery: (message) => {
          this.received.push(`${queue} ${message.deliveryTag}`);
          message.release();
        },
        onLost: () => undefined,
        onCancelled: () => false,
      })),
    });
  }

  /** One that consumes. */
  static async started(t: TestContext, queues?: readonly string[]): Promise<ConsumerConnectionBench> {
    const bench = new ConsumerConnectionBench(t, queues);
    await bench.start();
    bench.forget();
    return bench;
  }

  /** From now on, and once only, the broker replies so to a request: `BasicConsume mail`. */
  once(request: string, reply: Reply): void {
    this.rules.push({ request, reply });
  }

  /** The same for the next `times` requests. */
  times(times: number, request: string, reply: Reply): void {
    for (let left = times; left > 0; left--) this.once(request, reply);
  }

  async start(): Promise<void> {
    this.connection.start().then(
      () => (this.outcome = 'started'),
      (error: unknown) => {
        const code = error instanceof Error && 'code' in error ? `${String(error.code)} ` : '';
        this.outcome = `${code}${messageOf(error)}`;
      },
    );
    await this.brokers.settle();
  }

  async pass(ms: number): Promise<void> {
    this.nowMs += ms;
    this.t.mock.timers.tick(ms);
    await this.brokers.settle();
  }

  /** Every connection breaks: the newest may be that of a trial. */
  async lose(): Promise<void> {
    for (const end of this.brokers.all) end.destroy();
    await this.brokers.settle();
  }

  get broker(): BrokerEnd {
    return this.brokers.newest;
  }

  /** Declarations, subscriptions and cancellations on all connections since the last call: `QueueDeclare mail`. */
  news(): string[] {
    const news = this.brokers.all.flatMap(({ asked }) => asked.filter(isAboutQueues).map(requestOf));
    this.forget();
    return news;
  }

  private forget(): void {
    for (const { asked } of this.brokers.all) asked.length = 0;
  }

  /** The rules of the test stand on every connection. */
  private prepare(end: BrokerEnd): void {
    end.replyTo = (asked) => {
      const at = this.rules.findIndex(({ request }) => request === requestOf(asked));
      return at < 0 ? undefined : this.rules.splice(at, 1)[0]?.reply;
    };
  }
}

function isAboutQueues({ name }: Asked): boolean {
  return /^(?:Queue|Exchange|BasicC)/.test(name);
}

/** A request by its name and its queue, exchange or consumer. */
function requestOf({ name, fields: { queue, exchange, consumerTag } }: Asked): string {
  const [subject] = [queue, exchange, consumerTag].filter((each) => typeof each === 'string' && each !== '');
  return typeof subject === 'string' ? `${name} ${subject}` : name;
}
