import assert from 'node:assert/strict';
import { pino } from 'pino';
import {
  type AnswerName,
  type ClaimId,
  DELIVERY_SIZE,
  DeliveryReader,
  type FromWorker,
  type SlotSpec,
  type ToWorker,
  Vitals,
  WorkerClaims,
} from '../../../src/bridge/index.js';
import type { Amqp, BatchAmqp, Message } from '../../../src/consumer-api/index.js';
import { type Delivery, Slot, WINDOW } from '../../../src/dispatch/delivery.js';
import { DeliveryError } from '../../../src/errors/index.js';
import type { Orphan } from '../../../src/threads/index.js';
import { ThreadLink } from '../../../src/threads/session/thread-link.js';
import { Complaints } from '../../../src/threads/supervision/complaints.js';
import { Outbox } from '../../../workers/answer/outbox.js';
import { HeapWatch } from '../../../workers/heap/heap-watch.js';
import { BatchInstance } from '../../../workers/instance/batch-instance.js';
import { CleanContext } from '../../../workers/instance/clean-context.js';
import type { AnyInstance } from '../../../workers/instance/consumer-instance.js';
import type { InstanceHost } from '../../../workers/instance/instance-host.js';
import { MessageInstance } from '../../../workers/instance/message-instance.js';
import { StopDeadline } from '../../../workers/instance/stop-deadline.js';
import { PublishRequests } from '../../../workers/publish/publish-requests.js';
import { isPort } from '../workers/fake-port.js';
import { Consume } from './consume.js';

type Answer = Exclude<AnswerName, 'none'>;

const unexpected = (): never => assert.fail('no consumer publishes');
const silent = pino({ level: 'silent' });

/**
 * The consumer instances of a thread, at the other end of a real link, without the thread: each begins when the test says so,
 * its `consume` ends when the test says so, and the main thread hears of it at once.
 */
export class SteppedWorker implements InstanceHost {
  readonly thread = 0;
  readonly link: ThreadLink<Delivery>;
  /** Lost while they ran, with the reason that their signals abort with. */
  readonly aborted: { readonly claimId: ClaimId; readonly reason: string }[] = [];
  /** Those that took too long, with the reason that their signals abort with. */
  readonly expired: { readonly claimId: ClaimId; readonly reason: string }[] = [];
  readonly claims: WorkerClaims;
  readonly context = new CleanContext();
  readonly resources = {};
  readonly heapWatch = new HeapWatch(new Vitals());
  readonly deadline = new StopDeadline();
  readonly reader: DeliveryReader;
  readonly outbox: Outbox;
  readonly requests: PublishRequests;
  private readonly instances: ReadonlyMap<number, AnyInstance>;
  private readonly running = new Map<number, Consume>();
  private isDead = false;
  /** What is not heard yet. */
  private unheard: FromWorker[] | undefined;

  /** @param slots those that it serves from now on */
  constructor(slots: readonly Slot[]) {
    const slotOf = (number: number): Slot => slots.find(({ spec }) => spec.slot === number) ?? assert.fail();
    this.link = new ThreadLink({
      post: (message) => this.receive(message),
      slots: slots.map(({ spec }) => spec),
      window: WINDOW,
      events: {
        publish: unexpected,
        slotDown: (slot) => slotOf(slot).goDown(),
        slotUp: (slot) => slotOf(slot).goUp(),
        slotAwake: (slot) => slotOf(slot).wake(),
      },
      complaints: new Complaints(pino({ level: 'warn' }, { write: (line) => assert.fail(line) }), 'the worker'),
    });
    this.claims = new WorkerClaims(this.link.claims.memory);
    this.reader = new DeliveryReader(this.link.heads.memory);
    const port = { postMessage: (message: FromWorker): void => this.post(message) };
    assert.ok(isPort(port));
    this.outbox = new Outbox(port);
    this.requests = new PublishRequests(this.outbox, 1);
    this.instances = new Map(slots.map(({ spec }) => [spec.slot, this.instanceOf(spec)]));
    for (const slot of slots) slot.link = this.link;
  }

  /** The instance of a slot begins its next delivery, or batch, if it is free and has one; tells the first. */
  begin(slot: number): Delivery | undefined {
    return this.beginNext(slot)[0];
  }

  /** The same; tells all that it began. */
  beginNext(slot: number): readonly Delivery[] {
    if (this.running.has(slot)) return [];
    this.link.flush();
    this.instanceAt(slot).step();
    const { messages = [] } = this.running.get(slot) ?? {};
    const begun = this.link.running();
    return messages.map(
      ({ deliveryInfo: { deliveryTag } }) =>
        begun.find(({ message }) => message.deliveryTag === deliveryTag) ?? assert.fail(`${deliveryTag} has not begun`),
    );
  }

  isRunning(slot: number): boolean {
    return this.running.has(slot);
  }

  /** The running consumer answers, one of a batch. @returns false when all were lost, or answered before */
  answer(slot: number, answer: Answer): boolean {
    const isAnswered = this.running.get(slot)?.answer(answer) === true;
    this.tell();
    return isAnswered;
  }

  /** The running consumer fails one of its batch, and goes on. */
  failAlone(slot: number, error: Error): boolean {
    const hasFailed = this.running.get(slot)?.failAlone(error) === true;
    this.tell();
    return hasFailed;
  }

  /** The running `consume` returns; without an answer that acks. */
  finish(slot: number): void {
    this.end(slot)?.();
  }

  /** The same, when the main thread has not heard of it yet: hears of it by what this returns. */
  end(slot: number): (() => void) | undefined {
    const consume = this.running.get(slot);
    if (consume === undefined) return undefined;
    this.tell();
    this.unheard = [];
    this.running.delete(slot);
    consume.end();
    return () => this.tell();
  }

  /** The running `consume` throws. */
  fail(slot: number, thrown: Error): void {
    const consume = this.running.get(slot);
    this.running.delete(slot);
    consume?.fail(thrown);
    this.tell();
  }

  /** The thread dies; what was with it. */
  die(): readonly Orphan<Delivery>[] {
    this.isDead = true;
    this.running.clear();
    return this.link.kill();
  }

  runnable(): void {
    // Each step is the test's.
  }

  createLogger(): typeof silent {
    return silent;
  }

  /** Delivers the posted messages. */
  private tell(): void {
    this.outbox.flush();
    const { unheard = [] } = this;
    this.unheard = undefined;
    for (const message of unheard) this.post(message);
  }

  private post(message: FromWorker): void {
    if (this.isDead) return;
    if (this.unheard !== undefined) this.unheard.push(message);
    else if (message.type === 'batch') this.link.receive(structuredClone(message));
  }

  private receive(message: ToWorker): void {
    switch (message.type) {
      case 'segment':
        return this.reader.learn(message.segment);
      case 'forget':
        return this.reader.forget(message.id);
      case 'deliver':
        return this.take(message.deliveries);
      case 'expire':
        this.expired.push(message);
        return this.abort(new DeliveryError('DELIVERY_TIMEOUT', message.reason), [message.claimId]);
      case 'lose':
        this.aborted.push(...message.claimIds.map((claimId) => ({ claimId, reason: message.reason })));
        return this.abort(new DeliveryError('DELIVERY_LOST', message.reason), message.claimIds);
      default:
        return assert.fail(`a link does not say ${message.type}`);
    }
  }

  private take(deliveries: readonly number[]): void {
    for (let at = 0; at < deliveries.length; at += DELIVERY_SIZE) {
      const [slot = 0, cell = 0, generation = 0] = deliveries.slice(at, at + DELIVERY_SIZE);
      this.instanceAt(slot).take({ cell, generation });
    }
  }

  private abort(reason: DeliveryError, claimIds: readonly ClaimId[]): void {
    for (const instance of this.instances.values()) instance.abort(reason, claimIds);
  }

  private instanceAt(slot: number): AnyInstance {
    return this.instances.get(slot) ?? assert.fail(`slot ${slot} is on another thread`);
  }

  private instanceOf(spec: SlotSpec): AnyInstance {
    const running = (consume: Consume): Promise<void> => {
      this.running.set(spec.slot, consume);
      return consume.promise;
    };
    class OneByOne {
      consume(amqp: Amqp, message: Message): Promise<void> {
        return running(new Consume([message], amqp));
      }
    }
    class InBatches {
      consume(amqp: BatchAmqp, messages: readonly Message[]): Promise<void> {
        return running(new Consume(messages, amqp));
      }
    }
    const instance =
      spec.batchSize === undefined
        ? new MessageInstance(spec, { subjectClass: OneByOne, middleware: [], options: {} }, this)
        : new BatchInstance(spec, { subjectClass: InBatches, middleware: [], options: {} }, this);
    instance.start();
    return instance;
  }
}

/** A slot on a thread. */
export function makeSlot(slot: number, thread: number, batchSize?: number): Slot {
  const spec = {
    slot,
    path: 'consumers[0]',
    reference: { module: './consumer.js', exportName: null },
    consumer: './consumer.js',
    name: 'consumer',
    queue: 'q',
    consumerTag: 'tag',
    shutdownTimeoutMs: 1000,
    instance: slot,
    ...(batchSize !== undefined && { batchSize }),
    options: {},
  };
  return new Slot(spec, thread);
}
