import type { MessagePort } from 'node:worker_threads';
import type { ClaimId, Refusal, ToWorker } from '../protocol/index.js';
import type { AnswerVigil } from './answer-vigil.js';

/** Deliveries and replies on their way to a thread, posted in batches at the end of each turn's work. */
export class SessionMail {
  private readonly port: MessagePort;
  private readonly vigil: AnswerVigil;
  private deliveries: number[] = [];
  private confirmed: number[] = [];
  private refused: Refusal[] = [];
  private scheduled = false;
  private open = true;

  constructor(port: MessagePort, vigil: AnswerVigil) {
    this.port = port;
    this.vigil = vigil;
  }

  deliver(slot: number, { cell, generation }: ClaimId): void {
    this.deliveries.push(slot, cell, generation);
    this.schedule();
  }

  /** The broker has confirmed what was asked for under this id. */
  confirm(requestId: number): void {
    this.confirmed.push(requestId);
    this.schedule();
  }

  refuse(refusal: Refusal): void {
    this.refused.push(refusal);
    this.schedule();
  }

  flush(): void {
    this.scheduled = false;
    const { confirmed, refused } = this;
    if (confirmed.length > 0 || refused.length > 0) {
      this.confirmed = [];
      this.refused = [];
      this.post({ type: 'replies', confirmed, refused });
    }
    if (this.deliveries.length === 0) return;
    this.post({ type: 'deliver', deliveries: this.deliveries });
    this.deliveries = [];
    this.vigil.watch();
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

  private post(message: ToWorker): void {
    if (this.open) this.port.postMessage(message);
  }
}
