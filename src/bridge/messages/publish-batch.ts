import { MAX_PLAIN_LIST, OutgoingMessage, type Publish, WireWriter, writePropertyList } from '../../amqp/index.js';
import type { ClaimId } from '../delivery/claim-table.js';

/**
 * A worker's publishes as one transferable buffer: the used bytes, then for each a head of seven words, route, property
 * list and body, as on the wire.
 */

export interface PublishRequest {
  /** 32 bits. */
  readonly requestId: number;
  readonly claimId: ClaimId;
  readonly publish: Publish;
}

/** Its message is unchecked. */
export interface PackedPublish {
  readonly requestId: number;
  readonly cell: number;
  readonly generation: number;
  readonly message: OutgoingMessage;
}

const HEAD = {
  requestId: 0,
  cell: 4,
  generation: 8,
  mandatory: 12,
  routeLength: 16,
  propertiesLength: 20,
  bodyLength: 24,
  bytes: 28,
} as const;
const WORD_BYTES = 4;
const MAX_PLAIN = HEAD.bytes + 2 * 256 + MAX_PLAIN_LIST;
/** The main thread keeps a buffer until all its messages are confirmed. */
const FULL_BYTES = 64 * 1024;
const SCRATCH_BYTES = FULL_BYTES + 2 * MAX_PLAIN;
const MAX_REQUESTS = 4096;

/** Copies publishes at once, so callers may reuse their bytes. */
export class PublishPacker {
  private readonly scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  private writer = this.begin();

  get isEmpty(): boolean {
    return this.writer.at === WORD_BYTES;
  }

  get isFull(): boolean {
    return this.writer.at >= FULL_BYTES;
  }

  /** @throws RangeError when a name or a property has more than 255 bytes */
  add({ requestId, claimId, publish }: PublishRequest): void {
    const { writer } = this;
    const { exchange, routingKey, mandatory, body, headers } = publish;
    writer.reserve(MAX_PLAIN + headers.length + body.length);
    const start = writer.at;
    writer.at += HEAD.bytes;
    writer.shortString(exchange);
    writer.shortString(routingKey);
    const propertiesAt = writer.at;
    writePropertyList(writer, publish);
    const bodyAt = writer.at;
    writer.bytes(body);
    const end = writer.at;
    writer.at = start;
    writer.long(requestId);
    writer.long(claimId.cell);
    writer.long(claimId.generation);
    writer.long(mandatory ? 1 : 0);
    writer.long(propertiesAt - start - HEAD.bytes);
    writer.long(bodyAt - propertiesAt);
    writer.long(body.length);
    writer.at = end;
  }

  take(): ArrayBuffer {
    const { memory, at } = this.writer;
    memory.writeUInt32BE(at);
    this.writer = this.begin();
    // A large body has grown its own memory, which goes as it is.
    const whole = new Uint8Array(memory.buffer);
    return memory === this.scratch ? whole.slice(0, at).buffer : memory.buffer;
  }

  private begin(): WireWriter {
    const writer = new WireWriter(this.scratch);
    writer.at = WORD_BYTES;
    return writer;
  }
}

/** Encodes a single message. @throws RangeError when a name or a property has more than 255 bytes */
export function encodeOutgoing(publish: Publish): OutgoingMessage {
  const packer = new PublishPacker();
  packer.add({ requestId: 0, claimId: { cell: 0, generation: 0 }, publish });
  const [packed] = unpackPublishes(packer.take()) ?? [];
  if (packed === undefined) throw new RangeError('a message cannot be packed');
  return packed.message;
}

/** Unpacks a buffer from anyone; undefined if malformed. */
export function unpackPublishes(buffer: ArrayBuffer): readonly PackedPublish[] | undefined {
  if (buffer.byteLength < WORD_BYTES) return undefined;
  const memory = Buffer.from(buffer);
  const used = memory.readUInt32BE();
  if (used > memory.length) return undefined;
  const requests: PackedPublish[] = [];
  let at = WORD_BYTES;
  while (at < used) {
    const routeAt = at + HEAD.bytes;
    if (routeAt > used || requests.length === MAX_REQUESTS) return undefined;
    const propertiesAt = routeAt + memory.readUInt32BE(at + HEAD.routeLength);
    const bodyAt = propertiesAt + memory.readUInt32BE(at + HEAD.propertiesLength);
    const end = bodyAt + memory.readUInt32BE(at + HEAD.bodyLength);
    const mandatory = memory.readUInt32BE(at + HEAD.mandatory) !== 0;
    requests.push({
      requestId: memory.readUInt32BE(at + HEAD.requestId),
      cell: memory.readUInt32BE(at + HEAD.cell),
      generation: memory.readUInt32BE(at + HEAD.generation),
      message: new OutgoingMessage({ memory, routeAt, propertiesAt, bodyAt, end, mandatory }),
    });
    at = end;
  }
  // Too large a length ends the loop as well.
  return at === used ? requests : undefined;
}
