/**
 * Claims: one cell of shared memory for each delivery that was handed to a thread.
 *
 * A delivery is handed over ahead of its turn, because that hides the hop. It must stay revocable until the consumer
 * really begins, or a blocked thread would hold back what another could run. Both threads decide that race by
 * compare-and-swap on the same cell, so exactly one of them wins, without a message:
 *
 *     offered ── worker: begin ──▶ begun ── worker: answer ──▶ answered
 *        └────── main: revoke ──▶ revoked   └── main: lose ──▶ lost
 *
 * A cell is used again and again; the generation in its value makes the claim of an earlier delivery fail.
 *
 * Two more cells, the last, tell which delivery has the thread to itself: its consumer was called and has not given the
 * thread back yet, neither by returning nor by awaiting something.
 */

/** Identifies one delivery in one session: a cell and the generation that it was offered in. */
export interface ClaimId {
  readonly cell: number;
  readonly generation: number;
}

/** The state of a claim. */
export const CLAIM = { offered: 1, begun: 2, answered: 3, revoked: 4, lost: 5 } as const;
type ClaimState = (typeof CLAIM)[keyof typeof CLAIM];

const STATE_BITS = 3;
const GENERATION_MASK = 0x0fffffff;

function word(generation: number, state: ClaimState): number {
  return (generation << STATE_BITS) | state;
}

const NOBODY = -1;
/** A cell's number and a generation, as one number. */
const GENERATIONS = 2 ** 28;

/** Both threads' view of the cells. */
export class ClaimCells {
  protected readonly cells: Int32Array;
  /** The place of the cells that tell who has the thread: its cell, and its generation. */
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
  /** True: the delivery is ours now. False: it was revoked, skip it. */
  begin(claimId: ClaimId): boolean {
    return this.move(claimId, CLAIM.offered, CLAIM.begun);
  }

  // Plain stores, which cost a message a tenth of atomic ones: the timeout watch looks twice and far apart.

  /** The consumer of this delivery has the thread from now on. */
  enter({ cell, generation }: ClaimId): void {
    this.cells[this.holderAt + 1] = generation;
    this.cells[this.holderAt] = cell;
  }

  /** It has given the thread back. */
  leave(): void {
    this.cells[this.holderAt] = NOBODY;
  }

  /** True: the answer counts. False: the delivery was lost with its channel. */
  answer(claimId: ClaimId): boolean {
    return this.move(claimId, CLAIM.begun, CLAIM.answered);
  }
}

/** What can be handed to a thread. */
export interface Claimable {
  /** The claim on it while it is with a thread; set and cleared by the claim table. */
  claim: ClaimId | undefined;
}

/**
 * The main thread's side: hands out the cells, and knows which delivery each stands for. Nothing else says what is with a
 * thread.
 */
export class ClaimTable<Delivery extends Claimable> extends ClaimCells {
  readonly memory: SharedArrayBuffer;
  /** By cell; a Map cost twice the time of this. */
  private readonly deliveries: (Delivery | undefined)[];
  private readonly free: number[] = [];
  private readonly generations: Uint32Array;

  /** @param capacity how many deliveries can be with the thread at one time */
  constructor(capacity: number) {
    const memory = new SharedArrayBuffer((capacity + 2) * Int32Array.BYTES_PER_ELEMENT);
    super(memory);
    this.cells[this.holderAt] = NOBODY;
    this.memory = memory;
    this.generations = new Uint32Array(capacity);
    this.deliveries = Array.from({ length: capacity }, () => undefined);
    for (let cell = capacity - 1; cell >= 0; cell--) this.free.push(cell);
  }

  /** Opens a claim in the state `offered`. */
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

  /** The delivery that a claim id stands for; the numbers come from a worker and may be anything. */
  at(cell: unknown, generation: unknown): Delivery | undefined {
    const delivery = typeof cell === 'number' ? this.deliveries[cell] : undefined;
    return delivery?.claim?.generation === generation ? delivery : undefined;
  }

  /** Everything that is with the thread. */
  list(): Delivery[] {
    return this.deliveries.filter((delivery) => delivery !== undefined);
  }

  /** True: the worker has not begun and never will. */
  revoke({ claim }: Delivery): boolean {
    return claim !== undefined && this.move(claim, CLAIM.offered, CLAIM.revoked);
  }

  /** True: the worker had begun, and its answer will be refused on its own side. */
  lose({ claim }: Delivery): boolean {
    return claim !== undefined && this.move(claim, CLAIM.begun, CLAIM.lost);
  }

  /** True while the consumer has neither begun nor been refused the delivery. */
  isOffered(delivery: Delivery): boolean {
    return this.is(delivery, CLAIM.offered);
  }

  /** True once the consumer has answered and the answer counts. */
  isAnswered(delivery: Delivery): boolean {
    return this.is(delivery, CLAIM.answered);
  }

  /** True once the answer came too late. */
  isLost(delivery: Delivery): boolean {
    return this.is(delivery, CLAIM.lost);
  }

  /** Names the delivery whose consumer has the thread to itself; two looks that find the same have found one that keeps it. */
  holder(): number | undefined {
    const cell = Atomics.load(this.cells, this.holderAt);
    return cell === NOBODY ? undefined : keyOf({ cell, generation: Atomics.load(this.cells, this.holderAt + 1) });
  }

  /** True while the consumer of this delivery has the thread to itself. */
  hasThread({ claim }: Delivery): boolean {
    return claim !== undefined && this.holder() === keyOf(claim);
  }

  /** The delivery is no longer with the thread: its cell is free, and its claim id means nothing from now on. */
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
