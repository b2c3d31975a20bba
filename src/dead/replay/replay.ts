import { GUARD_COUNT, type Publisher } from '../../broker/index.js';
import { messageOf } from '../../errors/index.js';
import type { ChosenMessages, DeadLetters } from '../dead-letters.js';
import type { DeadMessage } from '../message/dead-message.js';
import { originalNameOf } from '../queue-name.js';
import { giveUpWhenInterrupted } from './give-up.js';
import { InFlightLimit } from './in-flight-limit.js';
import { replayCopy } from './replay-copy.js';

/** Also limits bytes, because copies stay in our memory until the broker confirms them. With the guards, 256 messages. */
const LIMITS = { messages: 256 - GUARD_COUNT, bytes: 64 * 1024 * 1024 };

/** The result of a replay. */
export interface ReplayOutcome {
  /** Copied to their queue, confirmed, and removed. */
  replayed: number;
  /** Still in the dead queue: the broker refused the copy, or the connection was lost first. */
  failed: number;
}

export interface ReplayOptions {
  /** Oldest first; they end early when the work is interrupted. */
  readonly chosen: ChosenMessages;
  /** The queue for all messages; absent: the one in which each died. */
  readonly target?: string | undefined;
  readonly signal: AbortSignal;
  readonly onSelected: (message: DeadMessage) => void;
  readonly onFailed: (message: DeadMessage, why: string) => void;
}

/**
 * Returns messages to the queue they died in. It removes a dead message only after the broker has confirmed its copy,
 * so an interruption may duplicate a message but never lose it.
 */
export class Replay {
  readonly outcome: ReplayOutcome = { replayed: 0, failed: 0 };
  private readonly letters: DeadLetters;
  private readonly publisher: Publisher;
  private readonly options: ReplayOptions;
  private readonly inFlight = new InFlightLimit(LIMITS);
  /** Copies without a known result; `inFlight` counts them a moment longer. */
  private undecided = 0;
  private isOver = false;

  constructor(letters: DeadLetters, options: ReplayOptions) {
    this.letters = letters;
    this.publisher = letters.publisher();
    this.options = options;
  }

  /** Resolves when everything begun has ended, or after an interruption when no broker could confirm it. @throws BrokerError when the dead queue becomes unreadable */
  async run(): Promise<void> {
    const { gone } = this.letters.reader;
    // Without the channel nothing can be removed, and the publisher would wait for ever.
    gone.addEventListener('abort', () => this.inFlight.abandon());
    giveUpWhenInterrupted(this.inFlight, { publisher: this.publisher, signal: this.options.signal });
    try {
      for await (const message of this.options.chosen.messages()) {
        this.options.onSelected(message);
        const { length } = message.taken.body;
        await this.inFlight.acquire(length);
        if (gone.aborted || this.options.signal.aborted) {
          this.inFlight.release(length);
          break;
        }
        // Not awaited: `replay` never rejects, and `inFlight` is drained only when it has ended.
        this.undecided++;
        void this.replay(message).finally(() => this.inFlight.release(length));
      }
    } finally {
      await this.inFlight.drained();
      this.isOver = true;
      this.outcome.failed += this.undecided;
      await this.publisher.stop();
    }
    gone.throwIfAborted();
    await this.letters.reader.settled();
  }

  private async replay(message: DeadMessage): Promise<void> {
    try {
      await this.publisher.publish(
        replayCopy(message, { fallback: originalNameOf(this.letters.queue), target: this.options.target }),
      );
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
      this.options.onFailed(message, 'it was copied but could not be removed, so it exists twice');
    }
  }
}
