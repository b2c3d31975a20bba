import { createHash } from 'node:crypto';
import { decodePropertyList, type PropertyList, type ReceivedMessage } from '../../amqp/index.js';
import { BROKER_COUNTS, lastingHeaders, RECORD_PREFIX } from '../../bridge/index.js';

const KEPT_MS = 60_000;
/** The largest prefetch: with fewer, messages that all fail would be forgotten before they return. */
const MOST = 65_535;
/** Longer bodies that differ further inside share a delay. */
const BODY_PART_BYTES = 4_096;
const FINGERPRINT_BYTES = 6;

interface Returns {
  readonly count: number;
  readonly atMs: number;
}

/**
 * Counts how often a message was given back lately. Classic queues only say `redelivered`, so a fingerprint identifies
 * it. A first failure costs nothing.
 */
export class ReturnedMessages {
  private readonly nowMs: () => number;
  private readonly most: number;
  private readonly returns = new Map<number, Returns>();

  constructor(nowMs: () => number, most = MOST) {
    this.nowMs = nowMs;
    this.most = most;
  }

  get size(): number {
    return this.returns.size;
  }

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

  /** A publisher may send the same bytes again. */
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

/** Without the counts of broker and daemon. */
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
    // Anybody may have published it.
    return undefined;
  }
}
