import assert from 'node:assert/strict';
import { pino } from 'pino';
import {
  DeliveryReader,
  type FromWorker,
  LogCredit,
  type ModuleReference,
  type SlotSpec,
  type StartStep,
  Vitals,
  WorkerClaims,
} from '../../../src/bridge/index.js';
import type { BatchConsumerClass, ConsumerClass } from '../../../src/consumer-api/index.js';
import { ConfigurationError } from '../../../src/errors/index.js';
import { lineForm } from '../../../src/logging/index.js';
import { ThreadLink } from '../../../src/threads/session/thread-link.js';
import { Complaints } from '../../../src/threads/supervision/complaints.js';
import { Outbox } from '../../../workers/answer/outbox.js';
import { ConsumerHost } from '../../../workers/consumer-host.js';
import { HeapWatch } from '../../../workers/heap/heap-watch.js';
import { CleanContext } from '../../../workers/instance/clean-context.js';
import { StopDeadline } from '../../../workers/instance/stop-deadline.js';
import { ModuleLoader } from '../../../workers/load/module-loader.js';
import { WorkerLoggers } from '../../../workers/worker-logger.js';
import { type MessageParts } from '../../support/amqp/wire-message.js';
import { makeMessage } from '../dispatch/fake-epoch.js';
import { makeSlot } from '../dispatch/stepped-worker.js';
import { NamedDelivery } from '../threads/session-bench.js';
import { isPort } from './fake-port.js';

const MOST_TURNS = 500;

/** The user's classes of a test, by the name of their export. */
export interface UserClasses {
  readonly consumers?: Readonly<Record<string, ConsumerClass>>;
  readonly batchConsumers?: Readonly<Record<string, BatchConsumerClass>>;
}

/** Loads what the test has written, in the place of files. */
class TestLoader extends ModuleLoader {
  private readonly classes: UserClasses;

  constructor(classes: UserClasses) {
    super('/');
    this.classes = classes;
  }

  override async consumerClass(reference: ModuleReference): Promise<ConsumerClass> {
    return find(this.classes.consumers, reference);
  }

  override async batchConsumerClass(reference: ModuleReference): Promise<BatchConsumerClass> {
    return find(this.classes.batchConsumers, reference);
  }
}

function find<Class>(classes: Readonly<Record<string, Class>> = {}, { exportName }: ModuleReference): Class {
  const found = classes[exportName ?? ''];
  if (found === undefined) throw new ConfigurationError('CONSUMER_MODULE_NOT_FOUND', `no module ${exportName}`);
  return found;
}

/** A slot whose consumer is the class of this name. */
export function slotOf(slot: number, exportName: string, batchSize?: number): SlotSpec {
  const { spec } = makeSlot(slot, 0, batchSize);
  return { ...spec, reference: { module: './consumers.js', exportName }, consumer: exportName };
}

/** A real host with real instances at one end, and a real link at the other; between them no thread. */
export class HostBench {
  readonly host: ConsumerHost;
  readonly link: ThreadLink<NamedDelivery>;
  /** What the main thread heard: `settle a ack`, `slot 0 down`. */
  readonly events: string[] = [];
  /** What came that is no batch. */
  readonly posted: FromWorker[] = [];
  readonly steps: StartStep[] = [];
  readonly credit = new LogCredit();
  /** What the startup handler returned. */
  readonly resources = { db: {} };
  private readonly outbox: Outbox;
  private nextTag = 1;

  constructor(slots: readonly SlotSpec[], classes: UserClasses) {
    const tell = (event: string): void => void this.events.push(event);
    this.link = new ThreadLink({
      post: (message) => this.host.receive(message),
      slots,
      window: 16,
      events: {
        publish: (_delivery, _message, done) => done(),
        slotDown: (slot) => tell(`slot ${slot} down`),
        slotUp: (slot) => tell(`slot ${slot} up`),
        slotAwake: (slot) => tell(`slot ${slot} awake`),
      },
      complaints: new Complaints(pino({ level: 'warn' }, { write: (line) => assert.fail(line) }), 'the host'),
    });
    const port = { postMessage: (message: FromWorker): void => this.post(message) };
    assert.ok(isPort(port));
    this.outbox = new Outbox(port);
    this.host = new ConsumerHost({
      thread: 0,
      threads: 1,
      context: new CleanContext(),
      resources: { value: this.resources },
      claims: new WorkerClaims(this.link.claims.memory),
      reader: new DeliveryReader(this.link.heads.memory),
      heapWatch: new HeapWatch(new Vitals()),
      deadline: new StopDeadline(),
      outbox: this.outbox,
      loader: new TestLoader(classes),
      loggers: new WorkerLoggers(
        { level: 'info', options: {}, form: lineForm({ format: 'json', messageKey: 'msg' }) },
        this.outbox,
        this.credit,
      ),
      onStep: (step) => void this.steps.push(step),
      onStartup: () => assert.fail('a link starts nothing'),
      onStop: () => assert.fail('a link ends nothing'),
    });
  }

  /** One that hosts its instances. */
  static async hosting(slots: readonly SlotSpec[], classes: UserClasses): Promise<HostBench> {
    const bench = new HostBench(slots, classes);
    await bench.host.start(slots);
    return bench;
  }

  /** Hands a message over; it begins when its instance is free. */
  offer(name: string, slot = 0, parts: MessageParts = {}): NamedDelivery {
    const body = Buffer.from(name);
    const delivery = new NamedDelivery(name, makeMessage(this.nextTag++, 'q', { body, ...parts }), this.events);
    this.link.offer(slot, delivery);
    return delivery;
  }

  /** Resolves when the main thread has heard so many events. */
  async heard(count: number): Promise<readonly string[]> {
    for (let turn = 0; this.events.length < count; turn++) {
      assert.ok(turn < MOST_TURNS, `only heard ${this.events.join(', ')}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return this.events;
  }

  /** Resolves when all that can happen by itself has happened. */
  async quiet(): Promise<readonly string[]> {
    for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
    return this.events;
  }

  /** The log lines that were posted. */
  get lines(): Readonly<Record<string, unknown>>[] {
    return this.posted.flatMap((message) => (message.type === 'log' ? [JSON.parse(message.line)] : []));
  }

  private post(message: FromWorker): void {
    if (message.type === 'batch') this.link.receive(structuredClone(message));
    else this.posted.push(structuredClone(message));
  }
}
