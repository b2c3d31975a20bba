import {
  assertNever,
  ClaimTable,
  DeliveryHeads,
  type Failed,
  fromErrorData,
  isCommand,
  REPORT_SIZE,
  reportOf,
  type SlotSpec,
  SpanCells,
  type ThreadSpan,
  type ToWorker,
  type UncheckedBatch,
} from '../../bridge/index.js';
import { IdleSpin } from '../idle-spin.js';
import type { Complaints } from '../supervision/complaints.js';
import type { Deliverable, Orphan } from './deliverable.js';
import { PublishRelay } from './publish-relay.js';
import type { SessionEvents } from './session-events.js';
import { endedUnanswered } from './session-failure.js';

export interface LinkOptions<Delivery extends Deliverable> {
  readonly post: (message: ToWorker) => void;
  readonly slots: readonly SlotSpec[];
  readonly window: number;
  readonly events: Pick<SessionEvents<Delivery>, 'publish' | 'slotDown' | 'slotUp' | 'slotAwake'>;
  readonly complaints: Complaints;
  /** Default: false. */
  readonly isTraced?: boolean;
  /** Default: one of its own. */
  readonly spin?: IdleSpin;
}

/**
 * Hands deliveries to one thread and takes its reports. User code can reach the port: it must neither throw here nor
 * settle an unanswered delivery.
 */
export class ThreadLink<Delivery extends Deliverable> {
  readonly claims: ClaimTable<Delivery>;
  readonly heads: DeliveryHeads;
  /** Undefined without tracing. */
  readonly spans: SpanCells | undefined;
  private readonly options: LinkOptions<Delivery>;
  private readonly slots: ReadonlySet<number>;
  private readonly publishes: PublishRelay<Delivery>;
  private readonly spin: IdleSpin;
  /** Segments of the message memory that the thread knows. */
  private readonly segments = new Set<number>();
  /** Slot, cell and generation of each delivery of this turn. */
  private deliveries: number[] = [];
  private isScheduled = false;

  constructor(options: LinkOptions<Delivery>) {
    const { slots, window, spin = new IdleSpin() } = options;
    const capacity = slots.reduce((sum, { batchSize = window }) => sum + batchSize, 0);
    this.options = options;
    this.slots = new Set(slots.map(({ slot }) => slot));
    this.claims = new ClaimTable(Math.max(1, capacity));
    this.heads = new DeliveryHeads(Math.max(1, capacity));
    this.spans = options.isTraced === true ? new SpanCells(Math.max(1, capacity)) : undefined;
    this.spin = spin;
    this.publishes = new PublishRelay({ ...options, claims: this.claims, schedule: () => this.schedule() });
  }

  /** Posted at the end of the turn. */
  offer(slot: number, delivery: Delivery): void {
    const { message } = delivery;
    const { segment } = message;
    if (!this.segments.has(segment.id)) {
      this.segments.add(segment.id);
      this.options.post({ type: 'segment', segment: { id: segment.id, memory: segment.memory } });
    }
    const claim = this.claims.offer(delivery);
    delivery.isTold = false;
    this.heads.write(claim.cell, message);
    this.spans?.clear(claim.cell);
    message.hold();
    this.deliveries.push(slot, claim.cell, claim.generation);
    this.schedule();
  }

  /** False: its consumer has begun. */
  revoke(delivery: Delivery): boolean {
    if (!this.claims.revoke(delivery)) return false;
    this.release(delivery);
    return true;
  }

  isOffered(delivery: Delivery): boolean {
    return this.claims.isOffered(delivery);
  }

  hasThread(delivery: Delivery): boolean {
    return this.claims.hasThread(delivery);
  }

  holder(): number | undefined {
    return this.claims.holder();
  }

  /** Begun and not ended, answered or not. */
  running(): readonly Delivery[] {
    return this.claims.list().filter((delivery) => !this.claims.isOffered(delivery));
  }

  /** When the `consume` of a delivery that is with the thread began; undefined before. */
  beganAtMs({ claim }: Delivery): number | undefined {
    return claim === undefined ? undefined : this.heads.beganAtMs(claim.cell);
  }

  /** When it ended, although its report may not have come; undefined before. */
  endedAtMs({ claim }: Delivery): number | undefined {
    return claim === undefined ? undefined : this.heads.endedAtMs(claim.cell);
  }

  /** The span of a delivery that is with the thread; undefined without tracing. */
  threadSpan({ claim }: Delivery): ThreadSpan | undefined {
    return claim === undefined ? undefined : this.spans?.read(claim.cell);
  }

  lose(deliveries: readonly Delivery[], reason: string): void {
    const begun = deliveries.filter((delivery) => this.claims.lose(delivery));
    if (begun.length > 0)
      this.options.post({ type: 'lose', claimIds: begun.flatMap(({ claim }) => claim ?? []), reason });
  }

  expire({ claim }: Delivery, reason: string): void {
    if (claim !== undefined) this.options.post({ type: 'expire', claimId: claim, reason });
  }

  /** An operator aborts it. */
  abort({ claim }: Delivery, reason: string): void {
    if (claim !== undefined) this.options.post({ type: 'expire', claimId: claim, reason, code: 'DELIVERY_ABORTED' });
  }

  forget(segment: number): void {
    if (this.segments.delete(segment)) this.options.post({ type: 'forget', id: segment });
  }

  flush(): void {
    this.isScheduled = false;
    this.publishes.flush();
    if (this.deliveries.length === 0) return;
    this.options.post({ type: 'deliver', deliveries: this.deliveries });
    this.deliveries = [];
    this.spin.delivered();
  }

  /** The thread has died: returns everything that was with it. */
  kill(): readonly Orphan<Delivery>[] {
    const left = this.claims.list();
    // The rest of the thread must begin none of them.
    const orphans = left.map((delivery) => {
      const isUnseen = this.claims.revoke(delivery);
      return { delivery, isUnseen, begun: !isUnseen && !this.claims.isAnswered(delivery) };
    });
    for (const delivery of left) this.release(delivery);
    return orphans;
  }

  receive({ reports, commands, publishes }: UncheckedBatch): void {
    this.spin.answered();
    for (let index = 0; index < reports.length; index += REPORT_SIZE) {
      const delivery = this.claims.at(reports[index], reports[index + 1]);
      if (delivery !== undefined) this.report(delivery, reports[index + 2]);
    }
    if (publishes !== undefined) this.publishes.sendAll(publishes);
    for (const command of commands) this.obey(command);
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    // A microtask: one socket chunk makes one batch, and a lone message does not wait.
    queueMicrotask(() => this.flush());
  }

  private report(delivery: Delivery, code: unknown): void {
    const { complaints } = this.options;
    const report = reportOf(code);
    if (report === undefined) return complaints.note('a report with an unknown code');
    const isAnswered = this.claims.isAnswered(delivery);
    // Accepted, an unanswered message would be gone unhandled.
    if (!isAnswered && !this.claims.isLost(delivery))
      return complaints.note('a report of the end of a delivery that has no answer');
    if (report.answer !== 'none') delivery.isTold = true;
    if (!report.hasEnded) return delivery.reported(report);
    this.close(delivery);
    if (delivery.isTold || !isAnswered) delivery.reported(report);
    else delivery.failed({ error: endedUnanswered(), hasEnded: true });
    delivery.message.release();
  }

  private fail({ claimId, error, decision, goesOn }: Failed): void {
    const { complaints } = this.options;
    const delivery = this.claims.at(claimId.cell, claimId.generation);
    if (delivery === undefined) return;
    if (this.claims.isOffered(delivery)) return complaints.note('the failure of a delivery that has not begun');
    const hasEnded = goesOn !== true;
    if (!hasEnded && (delivery.isTold || !this.claims.isAnswered(delivery)))
      return complaints.note('the failure of a delivery that was answered otherwise, or not at all');
    if (hasEnded) this.close(delivery);
    else delivery.isTold = true;
    delivery.failed({ error: fromErrorData(error), decision, hasEnded });
    // Only now: the log has read it.
    if (hasEnded) delivery.message.release();
  }

  private obey(command: unknown): void {
    const { events, complaints } = this.options;
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

  private isOwn(slot: number): boolean {
    const isOwn = this.slots.has(slot);
    if (!isOwn) this.options.complaints.note('a command for a slot of another thread');
    return isOwn;
  }

  private release(delivery: Delivery): void {
    this.close(delivery);
    delivery.message.release();
  }

  /** Its cell may be used again. */
  private close(delivery: Delivery): void {
    if (delivery.claim === undefined) return;
    delivery.beganAtMs = this.beganAtMs(delivery);
    delivery.endedAtMs = this.endedAtMs(delivery);
    delivery.threadSpan = this.threadSpan(delivery);
    this.claims.close(delivery);
  }
}
