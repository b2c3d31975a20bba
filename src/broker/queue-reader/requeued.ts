import { pause } from '../../timing/index.js';

/** A requeue that makes no progress for so many looks has ended: another consumer takes messages, too. */
const QUIET_LOOKS = 20;
const LOOK_MS = 25;

export interface RequeueOptions {
  /** The number of ready messages. */
  readonly ready: () => Promise<number>;
  readonly signal: AbortSignal;
}

/**
 * Resolves when so many messages are ready, or no more become ready for half a second. A classic queue requeues in its
 * own time: the next command would see only a part (100,000 messages: a third).
 */
export async function requeued(count: number, { ready, signal }: RequeueOptions): Promise<void> {
  let before = -1;
  for (let quiet = 0; quiet < QUIET_LOOKS; ) {
    const now = await ready();
    if (now >= count) return;
    quiet = now > before ? 0 : quiet + 1;
    before = now;
    await pause(LOOK_MS, signal);
  }
}
