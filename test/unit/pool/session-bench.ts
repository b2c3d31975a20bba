import { pino } from 'pino';
import type { Deliverable } from '../../../src/pool/handed-deliveries.js';
import { WorkerSession } from '../../../src/pool/worker-session.js';
import { type OutgoingMessage, WorkerClaims } from '../../../src/protocol/index.js';
import { wireMessage } from '../../support/amqp/wire-message.js';
import { makeSlot } from '../dispatcher/fake-session.js';

/** A delivery of the test, by name. */
export interface NamedDelivery extends Deliverable {
  readonly name: string;
}

const NO_MESSAGE = wireMessage();

/** A session without a thread: the test holds the worker's end of the port, and posts what it likes. */
export class SessionBench {
  /** What the session told, in order: `settle a ack`. */
  readonly events: string[] = [];
  readonly warnings: string[] = [];
  readonly published: OutgoingMessage[] = [];
  /** Keeps publishes from being confirmed. */
  holdPublishes = false;
  readonly session: WorkerSession<NamedDelivery>;
  readonly worker: WorkerClaims;

  /**
   * @param slots the slots of this thread
   * @param batchSize of their entry, if it takes batches
   */
  constructor(slots: readonly number[] = [0, 1], batchSize?: number) {
    const tell = (event: string): void => void this.events.push(event);
    this.session = new WorkerSession<NamedDelivery>({
      thread: 0,
      slots: slots.map((slot) => makeSlot(slot, 0, batchSize).spec),
      window: 8,
      logger: pino({ level: 'warn' }, { write: (line) => void this.warnings.push(line) }),
      events: {
        settle: ({ name }, answer) => tell(`settle ${name} ${answer}`),
        failed: ({ name }, error) => tell(`failed ${name}: ${error.message}`),
        failedAlone: ({ name }, error) => tell(`failed alone ${name}: ${error.message}`),
        finished: ({ name }) => tell(`finished ${name}`),
        publish: (_delivery, message, done) => {
          this.published.push(message);
          if (!this.holdPublishes) done();
        },
        slotDown: (slot) => tell(`slot ${slot} down`),
        slotUp: (slot) => tell(`slot ${slot} up`),
        slotAwake: (slot) => tell(`slot ${slot} awake`),
        log: (line) => tell(`log ${line}`),
      },
    });
    this.worker = new WorkerClaims(this.session.claims.memory);
  }

  offer(name: string): { readonly cell: number; readonly generation: number } {
    return this.session.offer(0, { name, message: NO_MESSAGE });
  }

  /** Posts what a thread could, and waits until the session has taken it. */
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
