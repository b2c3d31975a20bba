import type { ClaimId } from '../../src/bridge/index.js';
import type { Amqp } from '../../src/consumer-api/index.js';
import { asError } from '../../src/errors/index.js';
import { Confirmation } from '../answer/confirmation.js';
import { encodePublish } from './publish-encoder.js';
import type { PublishRequests } from './publish-requests.js';

/** What a consumer has published for a delivery or a batch: an ack must not overtake it. */
export class Publishes {
  private readonly sent: Confirmation[] = [];
  /** How many of the first are known to be confirmed. */
  private confirmed = 0;
  /** The wait for so many, which all who ask meanwhile share: an ack of a large batch asks for each of its messages. */
  private waiting: { readonly count: number; readonly end: Promise<void> } | undefined;

  send(requests: PublishRequests, claimId: ClaimId, ...message: Parameters<Amqp['publish']>): Confirmation {
    const sent = sendOrRefuse(requests, claimId, message);
    this.sent.push(sent);
    return sent;
  }

  /** As nearly always by the end, when a consumer awaits its publishes: no promise is needed then. */
  get areConfirmed(): boolean {
    while (this.sent[this.confirmed]?.confirmed === true) this.confirmed++;
    return this.confirmed === this.sent.length;
  }

  /** Resolves when the broker has answered all. Rejects with the failure of one that nobody looked at. */
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
    // Like one that the broker refused: a publish that nobody awaits fails its delivery, not its thread.
    const refused = new Confirmation();
    refused.refuse(asError(error));
    return refused;
  }
}
