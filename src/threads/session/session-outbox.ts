import type { ClaimId, Refusal, ToWorker } from '../../bridge/index.js';
import type { IdleSpin } from '../idle-spin.js';

/** Posts deliveries and replies to a thread in batches. */
export class SessionOutbox {
  private readonly post: (message: ToWorker) => void;
  private readonly spin: IdleSpin;
  private deliveries: number[] = [];
  private confirmed: number[] = [];
  private refused: Refusal[] = [];
  private scheduled = false;

  constructor(post: (message: ToWorker) => void, spin: IdleSpin) {
    this.post = post;
    this.spin = spin;
  }

  deliver(slot: number, { cell, generation }: ClaimId): void {
    this.deliveries.push(slot, cell, generation);
    this.schedule();
  }

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
    this.spin.delivered();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    // A microtask: one socket chunk makes one batch, and a lone message does not wait.
    queueMicrotask(() => this.flush());
  }
}
