import type { Logger } from 'pino';
import type { WorkerClaims } from '../src/bridge/index.js';
import {
  assertNever,
  type ClaimId,
  DELIVERY_SIZE,
  type DeliveryReader,
  type ErrorData,
  type Replies,
  type SlotSpec,
  type StartStep,
  startStep,
  type ToWorker,
  toErrorData,
} from '../src/bridge/index.js';
import type { Resources } from '../src/consumer-api/index.js';
import { ConfigurationError, DeliveryError, DispatcherError } from '../src/errors/index.js';
import { Fifo } from '../src/timing/index.js';
import type { Outbox } from './answer/outbox.js';
import { ConsoleLogger } from './console/console-logger.js';
import type { HeapWatch } from './heap/heap-watch.js';
import { BatchInstance } from './instance/batch-instance.js';
import type { CleanContext } from './instance/clean-context.js';
import type { AnyInstance } from './instance/consumer-instance.js';
import type { InstanceHost, Stepped } from './instance/instance-host.js';
import { MessageInstance } from './instance/message-instance.js';
import type { StopDeadline } from './instance/stop-deadline.js';
import { loadParts, type PartLoaders } from './load/consumer-parts.js';
import { DecoderLoader } from './load/decoder-loader.js';
import type { ModuleLoader } from './load/module-loader.js';
import { PublishRequests } from './publish/publish-requests.js';
import type { ThreadResources } from './thread-resources.js';
import type { ThreadTracing } from './tracing/thread-tracing.js';
import type { WorkerLoggers } from './worker-logger.js';

/** The parts of a host. */
export interface HostParts {
  readonly thread: number;
  readonly threads: number;
  readonly context: CleanContext;
  readonly resources: Pick<ThreadResources, 'value'>;
  readonly claims: WorkerClaims;
  readonly reader: DeliveryReader;
  readonly heapWatch: HeapWatch;
  /** The time for each `shutdown`. */
  readonly deadline: StopDeadline;
  readonly outbox: Outbox;
  readonly loader: ModuleLoader;
  readonly loggers: WorkerLoggers;
  /** Called before user code, which may hang. */
  readonly onStep: (step: StartStep) => void;
  /** Runs the startup handler. */
  readonly onStartup: () => void;
  /** Ends the session; may be called again with less time. */
  readonly onStop: (withinMs: number) => void;
  /** Absent: no spans. */
  readonly tracing?: ThreadTracing | undefined;
}

/** Obeys the main thread, and hosts the consumer instances of one thread. They take turns, so a full slot starves nobody. */
export class ConsumerHost implements InstanceHost {
  readonly thread: number;
  readonly context: CleanContext;
  readonly claims: WorkerClaims;
  readonly reader: DeliveryReader;
  readonly heapWatch: HeapWatch;
  readonly deadline: StopDeadline;
  readonly outbox: Outbox;
  readonly requests: PublishRequests;
  readonly tracing: ThreadTracing | undefined;
  readonly consoleLogger: ConsoleLogger;
  private readonly loaders: PartLoaders;
  private readonly parts: HostParts;
  private readonly instances = new Map<number, AnyInstance>();
  private readonly turn = new Fifo<Stepped>();
  /** Those that an operator has set, by slot. */
  private readonly levels = new Map<number, string>();
  private pumping = false;
  private stopped = false;

  constructor(parts: HostParts) {
    this.thread = parts.thread;
    this.context = parts.context;
    this.claims = parts.claims;
    this.reader = parts.reader;
    this.heapWatch = parts.heapWatch;
    this.deadline = parts.deadline;
    this.outbox = parts.outbox;
    this.loaders = { modules: parts.loader, decoders: new DecoderLoader(parts.onStep) };
    this.parts = parts;
    this.consoleLogger = new ConsoleLogger(parts);
    this.requests = new PublishRequests(parts.outbox, parts.threads, parts.tracing);
    this.tracing = parts.tracing;
  }

  get resources(): Resources {
    return this.parts.resources.value;
  }

  /** Obeys a message of the main thread. */
  receive(message: ToWorker): void {
    switch (message.type) {
      case 'deliver':
        return this.deliver(message.deliveries);
      case 'segment':
        return this.reader.learn(message.segment);
      case 'forget':
        return this.reader.forget(message.id);
      case 'replies':
        return this.settle(message);
      case 'lose':
        return this.abort(new DeliveryError('DELIVERY_LOST', message.reason), message.claimIds);
      case 'expire':
        return this.abort(new DeliveryError(message.code ?? 'DELIVERY_TIMEOUT', message.reason), [message.claimId]);
      case 'abort':
        return this.abort(new DispatcherError('DELIVERY_STOPPED', message.reason));
      case 'log_level':
        return this.setLogLevel(message.slot, message.level);
      case 'ask':
        return this.outbox.postNow({ type: 'awake' });
      case 'startup':
        return this.parts.onStartup();
      case 'host':
        return void this.start(message.slots);
      case 'stop':
        return this.parts.onStop(message.withinMs);
      default:
        return assertNever(message);
    }
  }

  async start(slots: readonly SlotSpec[]): Promise<void> {
    const failures: { slot: number; error: ErrorData }[] = [];
    for (const spec of slots) {
      try {
        const made = await this.instanceOf(spec);
        this.instances.set(spec.slot, made);
        const level = this.levels.get(spec.slot);
        if (level !== undefined) made.loggers.setLevel(level);
      } catch (error) {
        return this.outbox.postNow({ type: 'host_failed', error: toErrorData(error) });
      }
    }
    this.consoleLogger.attach([...this.instances.values()]);
    // A stop while the modules loaded has shut the resources down.
    if (this.stopped) return;
    for (const [slot, instance] of this.instances) {
      try {
        this.parts.onStep(startStep('instance', constructorOf(instance.spec)));
        instance.start();
      } catch (error) {
        // A bad middleware stays bad.
        if (error instanceof ConfigurationError) {
          return this.outbox.postNow({ type: 'host_failed', error: toErrorData(error) });
        }
        failures.push({ slot, error: toErrorData(error) });
      }
    }
    this.outbox.postNow({ type: 'hosted', failures });
  }

  private deliver(deliveries: readonly number[]): void {
    this.reader.arrived(cellsOf(deliveries));
    for (let at = 0; at < deliveries.length; at += DELIVERY_SIZE) {
      const [slot, cell, generation] = [deliveries[at], deliveries[at + 1], deliveries[at + 2]];
      if (slot === undefined || cell === undefined || generation === undefined) return;
      this.instances.get(slot)?.take({ cell, generation });
    }
  }

  private setLogLevel(slot: number, level: string): void {
    this.levels.set(slot, level);
    this.instances.get(slot)?.loggers.setLevel(level);
  }

  private settle({ confirmed, refused }: Replies): void {
    for (const requestId of confirmed) this.requests.confirm(requestId);
    for (const refusal of refused) this.requests.refuse(refusal);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([...this.instances.values()].map((instance) => instance.stop()));
    this.consoleLogger.end();
  }

  runnable(instance: Stepped): void {
    this.turn.push(instance);
    if (!this.pumping) this.pump();
  }

  createLogger(fields: object, current: () => object): Logger {
    return this.parts.loggers.create(fields, current);
  }

  private async instanceOf(spec: SlotSpec): Promise<AnyInstance> {
    const { modules } = this.loaders;
    return spec.batchSize === undefined
      ? new MessageInstance(spec, await loadParts(spec, this.loaders, (each) => modules.consumerClass(each)), this)
      : new BatchInstance(spec, await loadParts(spec, this.loaders, (each) => modules.batchConsumerClass(each)), this);
  }

  private abort(reason: DispatcherError, claimIds?: readonly ClaimId[]): void {
    for (const instance of this.instances.values()) instance.abort(reason, claimIds);
  }

  private pump(): void {
    this.pumping = true;
    for (let instance = this.turn.shift(); instance !== undefined; instance = this.turn.shift()) instance.step();
    this.pumping = false;
  }
}

function cellsOf(deliveries: readonly number[]): number[] {
  const cells: number[] = [];
  for (let at = 1; at < deliveries.length; at += DELIVERY_SIZE) cells.push(deliveries[at] ?? 0);
  return cells;
}

function constructorOf({ consumer, middleware = [] }: SlotSpec): string {
  return `the constructor of ${consumer}${middleware.length === 0 ? '' : ', or its middleware,'}`;
}
