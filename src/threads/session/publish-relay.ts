import { isSendable } from '../../amqp/index.js';
import {
  type Claimable,
  type ClaimTable,
  type PackedPublish,
  PUBLISH_WINDOW,
  type Refusal,
  type ToWorker,
  toErrorData,
  unpackPublishes,
} from '../../bridge/index.js';
import { DeliveryError } from '../../errors/index.js';
import type { Complaints } from '../supervision/complaints.js';
import type { SessionEvents } from './session-events.js';

export interface PublishRelayOptions<Delivery extends Claimable> {
  readonly claims: ClaimTable<Delivery>;
  readonly events: Pick<SessionEvents<Delivery>, 'publish'>;
  readonly post: (message: ToWorker) => void;
  /** Has `flush` called at the end of the turn. */
  readonly schedule: () => void;
  readonly complaints: Complaints;
}

/** Checks and forwards a thread's publishes, and brings the confirms back. */
export class PublishRelay<Delivery extends Claimable> {
  private readonly options: PublishRelayOptions<Delivery>;
  private pending = 0;
  private confirmed: number[] = [];
  private refused: Refusal[] = [];

  constructor(options: PublishRelayOptions<Delivery>) {
    this.options = options;
  }

  sendAll(packed: ArrayBuffer): void {
    const requests = unpackPublishes(packed);
    if (requests === undefined) return this.options.complaints.note('publishes that cannot be unpacked');
    for (const request of requests) this.send(request);
  }

  /** Posts the replies of this turn. */
  flush(): void {
    const { confirmed, refused } = this;
    if (confirmed.length === 0 && refused.length === 0) return;
    this.confirmed = [];
    this.refused = [];
    this.options.post({ type: 'replies', confirmed, refused });
  }

  private send({ requestId, cell, generation, message }: PackedPublish): void {
    const { claims, events, complaints } = this.options;
    const refuse = (error: unknown): void => this.refuse({ requestId, error: toErrorData(error) });
    if (!isSendable(message)) return refuse(refusalOf('the request is malformed', complaints));
    if (this.pending === PUBLISH_WINDOW) return refuse(refusalOf('too many requests at a time', complaints));
    this.pending++;
    events.publish(claims.at(cell, generation), message, (error) => {
      this.pending--;
      if (error === undefined) this.confirm(requestId);
      else refuse(error);
    });
  }

  private confirm(requestId: number): void {
    this.confirmed.push(requestId);
    this.options.schedule();
  }

  private refuse(refusal: Refusal): void {
    this.refused.push(refusal);
    this.options.schedule();
  }
}

function refusalOf(why: string, complaints: Complaints): DeliveryError {
  complaints.note(`a publish that cannot be sent (${why})`);
  return new DeliveryError('PUBLISH_INVALID', `publish: ${why}`);
}
