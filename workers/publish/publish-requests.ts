import type { Publish } from '../../src/amqp/index.js';
import { type ClaimId, fromErrorData, PUBLISH_WINDOW, type Refusal } from '../../src/bridge/index.js';
import { DeliveryError, messageOf } from '../../src/errors/index.js';
import { Fifo } from '../../src/timing/index.js';
import { Confirmation } from '../answer/confirmation.js';
import type { Outbox } from '../answer/outbox.js';
import type { ThreadTracing } from '../tracing/thread-tracing.js';

const MIB = 1024 * 1024;
/** Of all threads, which bounds the main thread's memory. */
const MAX_BYTES_OF_ALL = 64 * MIB;
const MAX_BYTES = 16 * MIB;
const MIN_BYTES = MIB;
/** 32 bits, then from 1 again. */
const LAST_ID = 2 ** 32 - 1;

interface SentRequest {
  readonly confirmation: Confirmation;
  readonly bytes: number;
}

interface WaitingRequest {
  readonly claimId: ClaimId;
  readonly publish: Publish;
  readonly confirmation: Confirmation;
}

/** This thread's unconfirmed publishes; those beyond the window wait here. */
export class PublishRequests {
  private readonly outbox: Outbox;
  private readonly tracing: Pick<ThreadTracing, 'publish'> | undefined;
  private readonly sent = new Map<number, SentRequest>();
  private readonly waiting = new Fifo<WaitingRequest>();
  private readonly maxBytes: number;
  private nextId = 1;
  private whenDrained: (() => void) | undefined;
  private bytes = 0;

  /** @param tracing absent: no spans */
  constructor(outbox: Outbox, threads: number, tracing?: Pick<ThreadTracing, 'publish'>) {
    this.outbox = outbox;
    this.tracing = tracing;
    this.maxBytes = Math.max(MIN_BYTES, Math.min(MAX_BYTES, Math.floor(MAX_BYTES_OF_ALL / threads)));
  }

  send(claimId: ClaimId, publish: Publish): Confirmation {
    const confirmation = new Confirmation();
    const request = { claimId, publish: this.tracing?.publish(publish, confirmation) ?? publish, confirmation };
    if (this.hasRoom()) this.post(request);
    else this.waiting.push(request);
    return request.confirmation;
  }

  confirm(requestId: number): void {
    this.take(requestId)?.confirm();
    this.fill();
  }

  refuse({ requestId, error }: Refusal): void {
    this.take(requestId)?.refuse(fromErrorData(error));
    this.fill();
  }

  /** Resolves when no publish awaits its confirm. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.whenDrained = resolve;
      this.tellDrained();
    });
  }

  private tellDrained(): void {
    if (this.sent.size === 0 && this.waiting.length === 0) this.whenDrained?.();
  }

  private take(requestId: number): Confirmation | undefined {
    const request = this.sent.get(requestId);
    if (request === undefined) return undefined;
    this.sent.delete(requestId);
    this.bytes -= request.bytes;
    return request.confirmation;
  }

  private fill(): void {
    while (this.waiting.length > 0 && this.hasRoom()) {
      const request = this.waiting.shift();
      if (request !== undefined) this.post(request);
    }
    this.tellDrained();
  }

  private hasRoom(): boolean {
    // One request may always go, however large.
    return this.sent.size === 0 || (this.sent.size < PUBLISH_WINDOW && this.bytes < this.maxBytes);
  }

  private post({ claimId, publish, confirmation }: WaitingRequest): void {
    const requestId = this.nextId;
    this.nextId = requestId === LAST_ID ? 1 : requestId + 1;
    try {
      this.outbox.publish({ requestId, claimId, publish });
    } catch (error) {
      // Out of memory: no other publish may wait for this one.
      confirmation.refuse(new DeliveryError('PUBLISH_INVALID', `publish: ${messageOf(error)}`, { cause: error }));
      return;
    }
    const bytes = publish.body.length;
    this.sent.set(requestId, { confirmation, bytes });
    this.bytes += bytes;
  }
}
