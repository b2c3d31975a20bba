import type { ClaimId } from '../../src/bridge/index.js';
import type { Amqp } from '../../src/consumer-api/index.js';
import { asError } from '../../src/errors/index.js';
import { Confirmation } from '../answer/confirmation.js';
import { encodePublish } from './publish-encoder.js';
import type { PublishRequests } from './publish-requests.js';

/** An ack must not overtake these publishes of its delivery or batch. */
export class Publishes {
  private readonly sent: Confirmation[] = [];
  /** How many of the first are confirmed. */
  private confirmed = 0;
  /** Shared: an ack of a batch asks for each message. */
  private waiting: { readonly count: number; readonly end: Promise<void> } | undefined;

  send(requests: PublishRequests, claimId: ClaimId, ...message: Parameters<Amqp['publish']>): Confirmation {
    const sent = sendOrRefuse(requests, claimId, message);
    this.sent.push(sent);
    return sent;
  }

  /** Usually true by the end, which saves a promise. */
  get areConfirmed(): boolean {
    while (this.sent[this.confirmed]?.confirmed === true) this.confirmed++;
    return this.confirmed === this.sent.length;
  }

  /** Resolves when all have ended; rejects with an unobserved failure. */
  settled(): Promise<void> {
    if (this.waiting?.count === this.sent.length) return this.waiting.end;
    const waiting = { count: this.sent.length, end: this.settleAll() };
    const forget = (): void => {
      if (this.waiting === waiting) this.waiting = undefined;
    };
    waiting.end.then(forget, forget);
    this.waiting = waiting;
    return waiting.end;
  }

  private async settleAll(): Promise<void> {
    for (const publish of this.sent) await publish.settled();
    const failed = this.sent.find((publish) => publish.failure !== undefined && !publish.observed);
    if (failed?.failure !== undefined) throw failed.failure;
  }
}

function sendOrRefuse(requests: PublishRequests, claimId: ClaimId, message: Parameters<Amqp['publish']>): Confirmation {
  try {
    return requests.send(claimId, encodePublish(...message));
  } catch (error) {
    // A publish that nobody awaits fails its delivery, not its thread.
    const refused = new Confirmation();
    refused.refuse(asError(error));
    return refused;
  }
}
