import { fromErrorData, PUBLISH_WINDOW, type Publish, type Reply, type Ticket } from '../src/protocol/index.js';
import type { Outbox } from './outbox.js';

/**
 * The publishes of this thread that wait for their confirm. A window bounds what lies at the port and on the main
 * thread; what is beyond it waits here, in the heap of the thread that makes it.
 */

const MIB = 1024 * 1024;
/** Of all threads together, so that the main thread's memory is bounded however many there are. */
const MAX_BYTES_OF_ALL = 64 * MIB;
const MAX_BYTES = 16 * MIB;
const MIN_BYTES = MIB;

interface PendingRequest {
  readonly ticket: Ticket;
  readonly publish: Publish;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class PublishRequests {
  private readonly outbox: Outbox;
  private readonly sent = new Map<number, PendingRequest>();
  private readonly waiting: PendingRequest[] = [];
  private readonly maxBytes: number;
  private nextId = 1;
  private bytes = 0;

  /** @param threads how many threads share the main thread's memory */
  constructor(outbox: Outbox, threads: number) {
    this.outbox = outbox;
    this.maxBytes = Math.max(MIN_BYTES, Math.min(MAX_BYTES, Math.floor(MAX_BYTES_OF_ALL / threads)));
  }

  /** Resolves when the broker has confirmed. */
  send(ticket: Ticket, publish: Publish): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ ticket, publish, resolve, reject });
      this.fill();
    });
  }

  settle(reply: Reply): void {
    const request = this.sent.get(reply.requestId);
    if (request === undefined) return;
    this.sent.delete(reply.requestId);
    this.bytes -= request.publish.body.length;
    if (reply.ok) request.resolve();
    else request.reject(fromErrorData(reply.error));
    this.fill();
  }

  private fill(): void {
    // One request may always go, however large it is.
    while (this.sent.size === 0 || (this.sent.size < PUBLISH_WINDOW && this.bytes < this.maxBytes)) {
      const request = this.waiting.shift();
      if (request === undefined) return;
      const requestId = this.nextId++;
      this.sent.set(requestId, request);
      this.bytes += request.publish.body.length;
      this.outbox.command({
        type: 'publish',
        requestId,
        ticket: request.ticket,
        publish: {
          ...request.publish,
          body: ownBytes(request.publish.body),
          headers: ownBytes(request.publish.headers),
        },
      });
    }
  }
}

/** Structured clone copies a view's whole backing store: a small view of a large buffer is copied out first. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}
