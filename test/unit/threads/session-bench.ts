import assert from 'node:assert/strict';
import { pino } from 'pino';
import { type OutgoingMessage, type ReceivedMessage } from '../../../src/amqp/index.js';
import { type ClaimId, type Report, WorkerClaims } from '../../../src/bridge/index.js';
import type { Deliverable, ThreadFailure } from '../../../src/threads/session/deliverable.js';
import { WorkerSession } from '../../../src/threads/session/worker-session.js';
import { wireMessage } from '../../support/amqp/wire-message.js';
import { makeSlot } from '../dispatch/stepped-worker.js';

/** A delivery by name, which records its events. */
export class NamedDelivery implements Deliverable {
  readonly name: string;
  readonly message: ReceivedMessage;
  claim: ClaimId | undefined;
  isTold = false;
  beganAtMs: number | undefined;
  endedAtMs: number | undefined;
  private readonly events: string[];

  constructor(name: string, message: ReceivedMessage, events: string[]) {
    this.name = name;
    this.message = message;
    this.events = events;
  }

  reported({ answer, hasEnded }: Report): void {
    if (answer !== 'none') this.events.push(`settle ${this.name} ${answer}`);
    if (hasEnded) this.events.push(`finished ${this.name}`);
  }

  failed({ error, hasEnded }: ThreadFailure): void {
    this.events.push(`failed ${hasEnded ? '' : 'alone '}${this.name}: ${error.message}`);
  }
}

const NO_MESSAGE = wireMessage();

/** A session without a thread: the test posts to the worker's end of the port. */
export class SessionBench {
  /** The events of the session in order: `settle a ack`. */
  readonly events: string[] = [];
  readonly warnings: string[] = [];
  readonly published: OutgoingMessage[] = [];
  /** Keeps publishes from being confirmed. */
  holdPublishes = false;
  /** Called before a line is recorded. */
  onLog: () => void = () => undefined;
  readonly session: WorkerSession<NamedDelivery>;
  readonly worker: WorkerClaims;

  /**
   * @param slots slots of this thread
   * @param batchSize batch size of their entry, if it takes batches
   */
  constructor(slots: readonly number[] = [0, 1], batchSize?: number) {
    const tell = (event: string): void => void this.events.push(event);
    this.session = new WorkerSession<NamedDelivery>({
      thread: 0,
      slots: slots.map((slot) => makeSlot(slot, 0, batchSize).spec),
      window: 8,
      logger: pino({ level: 'warn' }, { write: (line) => void this.warnings.push(line) }),
      events: {
        publish: (_delivery, message, done) => {
          this.published.push(message);
          if (!this.holdPublishes) done();
        },
        slotDown: (slot) => tell(`slot ${slot} down`),
        slotUp: (slot) => tell(`slot ${slot} up`),
        slotAwake: (slot) => tell(`slot ${slot} awake`),
        metrics: (_session, changes) => tell(`metrics ${changes.map(({ name }) => name).join()}`),
        metricsGone: () => undefined,
        log: (line) => {
          this.onLog();
          tell(`log ${line}`);
        },
      },
    });
    this.worker = new WorkerClaims(this.session.link.claims.memory);
  }

  offer(name: string, message = NO_MESSAGE): ClaimId {
    const delivery = new NamedDelivery(name, message, this.events);
    this.session.link.offer(0, delivery);
    return delivery.claim ?? assert.fail();
  }

  /** The delivery of a claim. */
  at({ cell, generation }: ClaimId): NamedDelivery {
    return this.session.link.claims.at(cell, generation) ?? assert.fail();
  }

  /** Posts a message as a thread could, and waits until the session has processed it. */
  async say(...messages: readonly unknown[]): Promise<void> {
    for (const message of messages) this.session.workerPort.postMessage(message);
    const mark = `said ${this.events.length}`;
    const heard = new Promise<void>((resolve) => {
      const look = (): void => (this.events.includes(`log ${mark}`) ? resolve() : void setImmediate(look));
      look();
    });
    this.session.workerPort.postMessage({ type: 'log', line: mark });
    await heard;
    this.events.splice(this.events.indexOf(`log ${mark}`), 1);
  }
}
