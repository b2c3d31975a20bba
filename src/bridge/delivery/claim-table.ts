/** Identifies a delivery within a session. */
export interface ClaimId {
  readonly cell: number;
  readonly generation: number;
}

/** The states of a claim. */
export const CLAIM = { offered: 1, begun: 2, answered: 3, revoked: 4, lost: 5 } as const;
type ClaimState = (typeof CLAIM)[keyof typeof CLAIM];

const STATE_BITS = 3;
const GENERATION_MASK = 0x0fffffff;

function word(generation: number, state: ClaimState): number {
  return (generation << STATE_BITS) | state;
}

const NOBODY = -1;
const GENERATIONS = 2 ** 28;

/**
 * A claim is one cell of shared memory for a delivery that is with a thread. Deliveries are handed over early, which
 * hides the hop, but must stay revocable until the consumer begins. Both threads compare-and-swap the cell, so exactly
 * one wins, without a message:
 *
 *     offered ── worker: begin ──▶ begun ── worker: answer ──▶ answered
 *        └────── main: revoke ──▶ revoked   └── main: lose ──▶ lost
 *
 * Cells are reused; a generation invalidates earlier claims. The last two cells name the delivery whose consumer has
 * the thread: it has neither returned nor awaited.
 */
export class ClaimCells {
  protected readonly cells: Int32Array;
  protected readonly holderAt: number;

  constructor(memory: SharedArrayBuffer) {
    this.cells = new Int32Array(memory);
    this.holderAt = this.cells.length - 2;
  }

  protected move(claimId: ClaimId, from: ClaimState, to: ClaimState): boolean {
    const expected = word(claimId.generation, from);
    return Atomics.compareExchange(this.cells, claimId.cell, expected, word(claimId.generation, to)) === expected;
  }
}

/** The worker's side. */
export class WorkerClaims extends ClaimCells {
  /** False: it was revoked, skip it. */
  begin(claimId: ClaimId): boolean {
    return this.move(claimId, CLAIM.offered, CLAIM.begun);
  }

  // Plain stores at a tenth of an atomic's cost: the timeout watch looks twice.

  /** Its consumer has the thread from now on. */
  enter({ cell, generation }: ClaimId): void {
    this.cells[this.holderAt + 1] = generation;
    this.cells[this.holderAt] = cell;
  }

  leave(): void {
    this.cells[this.holderAt] = NOBODY;
  }

  /** False: the delivery was lost with its channel. */
  answer(claimId: ClaimId): boolean {
    return this.move(claimId, CLAIM.begun, CLAIM.answered);
  }
}

/** Can be handed to a thread; `claim` is defined meanwhile. */
export interface Claimable {
  /** Defined while it is with a thread. */
  claim: ClaimId | undefined;
}

/** The main thread's side: knows each cell's delivery. */
export class ClaimTable<Delivery extends Claimable> extends ClaimCells {
  readonly memory: SharedArrayBuffer;
  /** By cell; a Map took twice the time. */
  private readonly deliveries: (Delivery | undefined)[];
  private readonly free: number[] = [];
  private readonly generations: Uint32Array;

  constructor(capacity: number) {
    const memory = new SharedArrayBuffer((capacity + 2) * Int32Array.BYTES_PER_ELEMENT);
    super(memory);
    this.cells[this.holderAt] = NOBODY;
    this.memory = memory;
    this.generations = new Uint32Array(capacity);
    this.deliveries = Array.from({ length: capacity }, () => undefined);
    for (let cell = capacity - 1; cell >= 0; cell--) this.free.push(cell);
  }

  offer(delivery: Delivery): ClaimId {
    const cell = this.free.pop();
    if (cell === undefined) throw new RangeError('every claim cell of the session is in use');
    const generation = ((this.generations[cell] ?? 0) + 1) & GENERATION_MASK;
    const claim = { cell, generation };
    this.generations[cell] = generation;
    this.deliveries[cell] = delivery;
    delivery.claim = claim;
    Atomics.store(this.cells, cell, word(generation, CLAIM.offered));
    return claim;
  }

  /** The numbers come from a worker and may be anything. */
  at(cell: unknown, generation: unknown): Delivery | undefined {
    const delivery = typeof cell === 'number' ? this.deliveries[cell] : undefined;
    return delivery?.claim?.generation === generation ? delivery : undefined;
  }

  list(): Delivery[] {
    return this.deliveries.filter((delivery) => delivery !== undefined);
  }

  revoke({ claim }: Delivery): boolean {
    return claim !== undefined && this.move(claim, CLAIM.offered, CLAIM.revoked);
  }

  /** True: the worker had begun, and its answer is refused. */
  lose({ claim }: Delivery): boolean {
    return claim !== undefined && this.move(claim, CLAIM.begun, CLAIM.lost);
  }

  isOffered(delivery: Delivery): boolean {
    return this.is(delivery, CLAIM.offered);
  }

  isAnswered(delivery: Delivery): boolean {
    return this.is(delivery, CLAIM.answered);
  }

  isLost(delivery: Delivery): boolean {
    return this.is(delivery, CLAIM.lost);
  }

  /** Identifies the delivery whose consumer has the thread. */
  holder(): number | undefined {
    const cell = Atomics.load(this.cells, this.holderAt);
    return cell === NOBODY ? undefined : keyOf({ cell, generation: Atomics.load(this.cells, this.holderAt + 1) });
  }

  hasThread({ claim }: Delivery): boolean {
    return claim !== undefined && this.holder() === keyOf(claim);
  }

  close(delivery: Delivery): void {
    const { claim } = delivery;
    if (claim === undefined) return;
    delivery.claim = undefined;
    this.deliveries[claim.cell] = undefined;
    this.free.push(claim.cell);
  }

  private is({ claim }: Delivery, state: ClaimState): boolean {
    return claim !== undefined && Atomics.load(this.cells, claim.cell) === word(claim.generation, state);
  }
}

function keyOf({ cell, generation }: ClaimId): number {
  return cell * GENERATIONS + generation;
}
