import { isSendable } from '../../amqp/index.js';
import {
  type Claimable,
  type ClaimTable,
  type PackedPublish,
  PUBLISH_WINDOW,
  toErrorData,
  unpackPublishes,
} from '../../bridge/index.js';
import { DeliveryError } from '../../errors/index.js';
import type { Complaints } from '../supervision/complaints.js';
import type { SessionEvents } from './session-events.js';
import type { SessionOutbox } from './session-outbox.js';

export interface PublishRelayOptions<Delivery extends Claimable> {
  readonly claims: ClaimTable<Delivery>;
  readonly events: Pick<SessionEvents<Delivery>, 'publish'>;
  readonly mail: SessionOutbox;
  readonly complaints: Complaints;
}

/** Checks and forwards a thread's publishes, and brings the confirms back. */
export class PublishRelay<Delivery extends Claimable> {
  private readonly options: PublishRelayOptions<Delivery>;
  private pending = 0;

  constructor(options: PublishRelayOptions<Delivery>) {
    this.options = options;
  }

  sendAll(packed: ArrayBuffer): void {
    const requests = unpackPublishes(packed);
    if (requests === undefined) return this.options.complaints.note('publishes that cannot be unpacked');
    for (const request of requests) this.send(request);
  }

  private send({ requestId, cell, generation, message }: PackedPublish): void {
    const { claims, events, mail, complaints } = this.options;
    const refuse = (error: unknown): void => mail.refuse({ requestId, error: toErrorData(error) });
    if (!isSendable(message)) return refuse(refused('the request is malformed', complaints));
    if (this.pending === PUBLISH_WINDOW) return refuse(refused('too many requests at a time', complaints));
    this.pending++;
    events.publish(claims.at(cell, generation), message, (error) => {
      this.pending--;
      if (error === undefined) mail.confirm(requestId);
      else refuse(error);
    });
  }
}

function refused(why: string, complaints: Complaints): DeliveryError {
  complaints.note(`a publish that cannot be sent (${why})`);
  return new DeliveryError('PUBLISH_INVALID', `publish: ${why}`);
}
