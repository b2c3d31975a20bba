import type { MessagePort } from 'node:worker_threads';
import { type OutgoingDelivery, packDeliveries, type Reply, type ToWorker } from '../protocol/index.js';

/** A batch is posted when its bodies reach this many bytes: the worker begins while the rest is packed. */
const BATCH_BYTES = 256 * 1024;

/** Deliveries and replies on their way to a thread, posted in batches at the end of each turn's work. */
export class SessionMail {
  private readonly port: MessagePort;
  private outgoing: OutgoingDelivery[] = [];
  private replies: Reply[] = [];
  private scheduled = false;
  private open = true;

  constructor(port: MessagePort) {
    this.port = port;
  }

  deliver(delivery: OutgoingDelivery): void {
    this.outgoing.push(delivery);
    this.schedule();
  }

  reply(reply: Reply): void {
    this.replies.push(reply);
    this.schedule();
  }

  flush(): void {
    this.scheduled = false;
    if (this.replies.length > 0) {
      this.post({ type: 'replies', replies: this.replies });
      this.replies = [];
    }
    const { outgoing } = this;
    if (outgoing.length === 0) return;
    this.outgoing = [];
    let first = 0;
    let bytes = 0;
    outgoing.forEach(({ message }, index) => {
      bytes += message.body.length;
      if (bytes < BATCH_BYTES && index < outgoing.length - 1) return;
      const batch = packDeliveries(outgoing.slice(first, index + 1));
      this.post({ type: 'deliver', batch }, [batch]);
      first = index + 1;
      bytes = 0;
    });
  }

  /** The thread has gone: nothing is posted any more. */
  close(): void {
    this.open = false;
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    // A microtask: what one socket chunk brought is one batch, and a lone message does not wait.
    queueMicrotask(() => this.flush());
  }

  private post(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    if (this.open) this.port.postMessage(message, transfer);
  }
}
