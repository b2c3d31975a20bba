import type { Ticket } from './claim-table.js';
import type { ReceivedMessage } from './received-message.js';

/**
 * A batch of deliveries as one transferable buffer: how many, a head of eight words for each, then route, properties and
 * body of each, one behind the other, as they came off the wire. Nothing is encoded, and the worker decodes what a consumer
 * looks at. Copying is needed anyway: a body is a view into the socket's chunk, and posting a view would clone the whole
 * chunk. `npm run bench:micro` has what a message costs.
 */

/** A delivery on its way to a slot. */
export interface OutgoingDelivery {
  readonly slot: number;
  readonly ticket: Ticket;
  readonly message: ReceivedMessage;
}

const HEAD = {
  slot: 0,
  cell: 1,
  generation: 2,
  tagLow: 3,
  /** The high word of the tag, which has 21 bits at most, and `redelivered` in the lowest bit. */
  tagHigh: 4,
  routeLength: 5,
  propertiesLength: 6,
  bodyLength: 7,
  size: 8,
} as const;
const WORD_BYTES = Uint32Array.BYTES_PER_ELEMENT;
const WORD = 2 ** 32;

/** Packs deliveries; the buffer belongs to nobody else and can be transferred. */
export function packDeliveries(deliveries: readonly OutgoingDelivery[]): ArrayBuffer {
  const headWords = 1 + deliveries.length * HEAD.size;
  let size = headWords * WORD_BYTES;
  for (const { message } of deliveries) {
    size += message.route.length + message.properties.length + message.body.length;
  }
  const memory = new ArrayBuffer(size);
  const heads = new Uint32Array(memory, 0, headWords);
  const bytes = new Uint8Array(memory);
  heads[0] = deliveries.length;
  let head = 1;
  let offset = headWords * WORD_BYTES;
  for (const { slot, ticket, message } of deliveries) {
    const { deliveryTag, redelivered, route, properties, body } = message;
    heads[head + HEAD.slot] = slot;
    heads[head + HEAD.cell] = ticket.cell;
    heads[head + HEAD.generation] = ticket.generation;
    heads[head + HEAD.tagLow] = deliveryTag % WORD;
    heads[head + HEAD.tagHigh] = Math.floor(deliveryTag / WORD) * 2 + (redelivered ? 1 : 0);
    heads[head + HEAD.routeLength] = route.length;
    heads[head + HEAD.propertiesLength] = properties.length;
    heads[head + HEAD.bodyLength] = body.length;
    head += HEAD.size;
    bytes.set(route, offset);
    offset += route.length;
    bytes.set(properties, offset);
    offset += properties.length;
    bytes.set(body, offset);
    offset += body.length;
  }
  return memory;
}

/** A delivery as the worker finds it: numbers read, everything else still bytes of the batch. */
export class IncomingDelivery {
  readonly slot: number;
  readonly ticket: Ticket;
  readonly deliveryTag: number;
  readonly redelivered: boolean;
  private readonly batch: Buffer;
  private readonly routeAt: number;
  private readonly propertiesAt: number;
  private readonly bodyAt: number;
  /** Where the next delivery begins. */
  readonly end: number;

  constructor(batch: Buffer, heads: Uint32Array, index: number, start: number) {
    const head = 1 + index * HEAD.size;
    const word = (at: number): number => heads[head + at] ?? 0;
    const tagHigh = word(HEAD.tagHigh);
    this.slot = word(HEAD.slot);
    this.ticket = { cell: word(HEAD.cell), generation: word(HEAD.generation) };
    this.deliveryTag = (tagHigh >>> 1) * WORD + word(HEAD.tagLow);
    this.redelivered = (tagHigh & 1) === 1;
    this.batch = batch;
    this.routeAt = start;
    this.propertiesAt = start + word(HEAD.routeLength);
    this.bodyAt = this.propertiesAt + word(HEAD.propertiesLength);
    this.end = this.bodyAt + word(HEAD.bodyLength);
  }

  get route(): Buffer {
    return this.batch.subarray(this.routeAt, this.propertiesAt);
  }

  get properties(): Buffer {
    return this.batch.subarray(this.propertiesAt, this.bodyAt);
  }

  get body(): Buffer {
    return this.batch.subarray(this.bodyAt, this.end);
  }
}

/** Reads a packed batch, in the order in which it was packed. */
export function unpackDeliveries(memory: ArrayBuffer): IncomingDelivery[] {
  const batch = Buffer.from(memory);
  const count = new Uint32Array(memory, 0, 1)[0] ?? 0;
  const heads = new Uint32Array(memory, 0, 1 + count * HEAD.size);
  const deliveries: IncomingDelivery[] = [];
  let offset = heads.byteLength;
  for (let index = 0; index < count; index++) {
    const delivery = new IncomingDelivery(batch, heads, index, offset);
    deliveries.push(delivery);
    offset = delivery.end;
  }
  return deliveries;
}
