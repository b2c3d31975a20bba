import { ConsumerError, DeliveryError } from '../errors/index.js';
import {
  answerOf,
  assertNever,
  type Failed,
  fromErrorData,
  isCommand,
  isFinished,
  isSendable,
  type PackedPublish,
  PUBLISH_WINDOW,
  REPORT_SIZE,
  toErrorData,
  type UncheckedBatch,
  unpackPublishes,
} from '../protocol/index.js';
import type { Complaints } from './complaints.js';
import type { Deliverable, Handed, HandedDeliveries } from './handed-deliveries.js';
import type { SessionEvents } from './session-events.js';
import type { SessionMail } from './session-mail.js';

export interface RelayParts<Delivery extends Deliverable> {
  readonly handed: HandedDeliveries<Delivery>;
  /** The slots of this thread: it has no say about others. */
  readonly slots: ReadonlySet<number>;
  readonly events: SessionEvents<Delivery>;
  readonly mail: SessionMail;
  readonly complaints: Complaints;
}

/**
 * Passes on what a thread reports and asks for, after a look at each entry: user code can reach the port, and what it
 * says must neither throw here nor settle what no consumer has answered.
 */
export class SessionRelay<Delivery extends Deliverable> {
  private readonly parts: RelayParts<Delivery>;
  private publishing = 0;

  constructor(parts: RelayParts<Delivery>) {
    this.parts = parts;
  }

  receive({ reports, commands, publishes }: UncheckedBatch): void {
    for (let index = 0; index < reports.length; index += REPORT_SIZE) {
      const handed = this.parts.handed.at(reports[index], reports[index + 1]);
      if (handed !== undefined) this.report(handed, reports[index + 2]);
    }
    if (publishes !== undefined) this.publishAll(publishes);
    for (const command of commands) this.obey(command);
  }

  private report(handed: Handed<Delivery>, code: unknown): void {
    const { handed: all, events, complaints } = this.parts;
    const { claimId, delivery } = handed;
    const answer = answerOf(code);
    if (answer === undefined) return complaints.note('a report with an unknown code');
    const isAnswered = all.claims.isAnswered(claimId);
    // An answer stands in the claim before it is reported: without it the message would be gone unhandled.
    if (!isAnswered && !all.claims.isLost(claimId)) return complaints.note('a report of a delivery that has no answer');
    if (answer !== 'none') {
      handed.isTold = true;
      events.settle(delivery, answer);
    }
    if (!isFinished(code)) return;
    all.release(claimId);
    if (handed.isTold || !isAnswered) return events.finished(delivery);
    events.failed(delivery, new ConsumerError('WORKER_DIED', 'its thread reported its end without its answer'));
  }

  private obey(command: unknown): void {
    const { events, complaints } = this.parts;
    if (!isCommand(command)) return complaints.note('a malformed command');
    switch (command.type) {
      case 'failed':
        return this.fail(command);
      case 'slot_down':
        return this.isOwn(command.slot) ? events.slotDown(command.slot) : undefined;
      case 'slot_awake':
        return this.isOwn(command.slot) ? events.slotAwake(command.slot) : undefined;
      case 'slot_up':
        return this.isOwn(command.slot) ? events.slotUp(command.slot) : undefined;
      default:
        return assertNever(command);
    }
  }

  private fail({ claimId, error, verdict, goesOn }: Failed): void {
    const { handed: all, events, complaints } = this.parts;
    const handed = all.at(claimId.cell, claimId.generation);
    if (handed === undefined) return;
    if (all.claims.isOffered(handed.claimId)) return complaints.note('the failure of a delivery that has not begun');
    if (goesOn !== true) {
      const { delivery } = handed;
      // Lost or answered, nobody else may hold it, and the log reads what it is.
      delivery.message.hold();
      all.release(handed.claimId);
      events.failed(delivery, fromErrorData(error), verdict);
      return delivery.message.release();
    }
    if (handed.isTold || !all.claims.isAnswered(handed.claimId))
      return complaints.note('a failure of its own of a delivery that has another answer, or none');
    handed.isTold = true;
    events.failedAlone(handed.delivery, fromErrorData(error), verdict);
  }

  private isOwn(slot: number): boolean {
    const isOwn = this.parts.slots.has(slot);
    if (!isOwn) this.parts.complaints.note('a command for a slot of another thread');
    return isOwn;
  }

  private publishAll(packed: ArrayBuffer): void {
    const requests = unpackPublishes(packed);
    if (requests === undefined) return this.parts.complaints.note('publishes that cannot be told apart');
    for (const request of requests) this.publish(request);
  }

  private publish({ requestId, cell, generation, message }: PackedPublish): void {
    const { handed, events, mail, complaints } = this.parts;
    const refuse = (error: unknown): void => mail.refuse({ requestId, error: toErrorData(error) });
    if (!isSendable(message)) return refuse(refused('the request is malformed', complaints));
    if (this.publishing === PUBLISH_WINDOW) return refuse(refused('too many requests at a time', complaints));
    this.publishing++;
    events.publish(handed.at(cell, generation)?.delivery, message, (error) => {
      this.publishing--;
      if (error === undefined) mail.confirm(requestId);
      else refuse(error);
    });
  }
}

function refused(why: string, complaints: Complaints): DeliveryError {
  complaints.note(`a publish that cannot be sent (${why})`);
  return new DeliveryError('PUBLISH_INVALID', `publish: ${why}`);
}
