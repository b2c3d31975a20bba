import type { Publisher } from '../broker/index.js';
import { messageOf } from '../errors/index.js';
import type { DeadLetters, SelectOptions } from './dead-letters.js';
import type { DeadMessage } from './dead-message.js';
import { InFlightLimit } from './in-flight-limit.js';
import { originalNameOf } from './queue-name.js';
import { replayCopy } from './replay-copy.js';

/** Bytes are bounded as well: they are in our memory until the broker has confirmed them. */
const LIMITS = { messages: 256, bytes: 64 * 1024 * 1024 };

/** What became of a replay. */
export interface ReplayOutcome {
  /** Copied to their queue, confirmed, and removed. */
  replayed: number;
  /** Still in the dead queue: the broker took no copy, or its connection went before that was known. */
  failed: number;
}

export interface ReplayOptions extends SelectOptions {
  readonly onSelected: (message: DeadMessage) => void;
  readonly onFailed: (message: DeadMessage, why: string) => void;
}

/**
 * Puts messages back to where they died. The copy first, and the dead one is removed when the broker has confirmed it:
 * whatever ends this, a message is in one of the two queues, and for a moment in both. It is worse to lose a message than to
 * have it twice.
 */
export class Replay {
  readonly outcome: ReplayOutcome = { replayed: 0, failed: 0 };
  private readonly letters: DeadLetters;
  private readonly publisher: Publisher;
  private readonly options: ReplayOptions;
  private readonly inFlight = new InFlightLimit(LIMITS);
  /** Copies of which nobody knows yet what became of them; those of the air are told a moment later. */
  private undecided = 0;
  private isOver = false;

  constructor(letters: DeadLetters, options: ReplayOptions) {
    this.letters = letters;
    this.publisher = letters.publisher();
    this.options = options;
  }

  /** Resolves when all that was begun has ended; @throws BrokerError when the dead queue cannot be read any more */
  async run(): Promise<void> {
    const { gone } = this.letters.reader;
    // Nothing can be removed then: what is on its way would only be there twice, and a publisher waits for ever.
    gone.addEventListener('abort', () => this.inFlight.abandon());
    try {
      for await (const message of this.letters.select(this.options)) {
        this.options.onSelected(message);
        const { length } = message.taken.body;
        await this.inFlight.acquire(length);
        if (gone.aborted) {
          this.inFlight.release(length);
          break;
        }
        // Followed by the air, which is empty only when it has ended.
        this.undecided++;
        void this.replay(message).finally(() => this.inFlight.release(length));
      }
    } finally {
      await this.inFlight.drained();
      this.isOver = true;
      this.outcome.failed += gone.aborted ? this.undecided : 0;
      await this.publisher.close();
    }
    gone.throwIfAborted();
  }

  /** Never rejects. */
  private async replay(message: DeadMessage): Promise<void> {
    try {
      await this.publisher.publish(replayCopy(message, originalNameOf(this.letters.queue)));
    } catch (error) {
      this.undecided--;
      if (this.isOver) return;
      this.outcome.failed++;
      return this.options.onFailed(message, messageOf(error));
    }
    this.undecided--;
    if (this.isOver) return;
    if (this.letters.reader.remove(message.taken)) this.outcome.replayed++;
    else {
      this.outcome.failed++;
      this.options.onFailed(message, 'it was copied, and could not be removed: it is there twice');
    }
  }
}
