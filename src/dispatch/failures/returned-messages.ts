import { createHash } from 'node:crypto';
import { decodePropertyList, type PropertyList, type ReceivedMessage } from '../../amqp/index.js';
import { BROKER_COUNTS, lastingHeaders, RECORD_PREFIX } from '../../bridge/index.js';

/** A message that has not come back for so long is forgotten. */
const KEPT_MS = 60_000;
/** As many as one prefetch can hold: fewer would forget one before it comes again, where all of them fail. */
const MOST = 65_535;
/** Bodies that differ only further inside count as one; the brake on them is shared, and nothing else. */
const BODY_PART_BYTES = 4_096;
const FINGERPRINT_BYTES = 6;

interface Returns {
  readonly count: number;
  readonly atMs: number;
}

/**
 * How often each message of an entry was given back lately. Classic queues say only that a message was delivered before, not
 * how often, so we know it again by a fingerprint of its bytes. A message that fails once costs nothing: its first delivery is
 * not marked as redelivered, and only those that fail again are kept.
 */
export class ReturnedMessages {
  private readonly nowMs: () => number;
  private readonly most: number;
  /** By fingerprint; the one that came back longest ago is the first. */
  private readonly returns = new Map<number, Returns>();

  /** @param most messages that are kept */
  constructor(nowMs: () => number, most = MOST) {
    this.nowMs = nowMs;
    this.most = most;
  }

  get size(): number {
    return this.returns.size;
  }

  /** Notes that a message is given back; tells which time it is, from 1. */
  note(message: ReceivedMessage): number {
    if (!message.redelivered) return 1;
    const now = this.nowMs();
    this.forgetOld(now);
    const fingerprint = fingerprintOf(message);
    const count = (this.returns.get(fingerprint)?.count ?? 1) + 1;
    this.returns.delete(fingerprint);
    this.returns.set(fingerprint, { count, atMs: now });
    return count;
  }

  /** The message is done. Its twins begin anew, too: a publisher may send the same bytes again and again. */
  forget(message: ReceivedMessage): void {
    if (message.redelivered && this.returns.size > 0) this.returns.delete(fingerprintOf(message));
  }

  private forgetOld(now: number): void {
    for (const [fingerprint, { atMs }] of this.returns) {
      if (now - atMs < KEPT_MS && this.returns.size < this.most) return;
      this.returns.delete(fingerprint);
    }
  }
}

/** The same for each delivery of one message: without what the broker and we count in its headers. */
function fingerprintOf({ route, properties, body }: ReceivedMessage): number {
  const hash = createHash('sha256').update(route);
  const list = listOf(properties);
  if (list !== undefined) {
    hash.update(JSON.stringify(list.properties));
    for (const bytes of lastingHeaders(list.headers, isLasting) ?? []) hash.update(bytes);
  }
  hash.update(String(body.length)).update(body.subarray(0, BODY_PART_BYTES)).update(body.subarray(-BODY_PART_BYTES));
  return hash.digest().readUIntBE(0, FINGERPRINT_BYTES);
}

function isLasting(name: string): boolean {
  return !BROKER_COUNTS.includes(name) && !name.startsWith(RECORD_PREFIX);
}

function listOf(properties: Uint8Array): PropertyList | undefined {
  try {
    return decodePropertyList(properties);
  } catch {
    // Anybody may have published it: the rest is enough to know it by.
    return undefined;
  }
}
