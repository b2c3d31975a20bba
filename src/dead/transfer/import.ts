import { createHash } from 'node:crypto';
import type { Publish } from '../../amqp/index.js';
import { lastingHeaders } from '../../bridge/index.js';
import type { Publisher } from '../../broker/index.js';
import { messageOf } from '../../errors/index.js';
import type { DeadLetters, SelectOptions } from '../dead-letters.js';
import { giveUpWhenInterrupted } from '../replay/give-up.js';
import { InFlightLimit } from '../replay/in-flight-limit.js';
import { copyOfTaken, publishOf } from './message-line.js';

/** Also limits bytes, because copies stay in our memory until the broker confirms them. */
const LIMITS = { messages: 256, bytes: 64 * 1024 * 1024 };

/** The result of an import. */
export interface ImportOutcome {
  /** Confirmed by the broker. */
  imported: number;
  /** The queue had them already. */
  skipped: number;
  /** Not in the queue: the broker refused them, or confirmed nothing. */
  failed: number;
}

export interface ImportOptions {
  readonly signal: AbortSignal;
  readonly onImported: (done: number) => void;
  readonly onFailed: (lineNumber: number, why: string) => void;
}

/** Publishes the lines of an export to a queue, each confirmed. The lines stay where they are, so nothing can be lost. */
export class Import {
  readonly outcome: ImportOutcome = { imported: 0, skipped: 0, failed: 0 };
  private readonly queue: string;
  private readonly publisher: Publisher;
  private readonly inFlight = new InFlightLimit(LIMITS);
  private isOver = false;
  private readonly present = new Map<string, number>();

  constructor(letters: DeadLetters) {
    this.queue = letters.queue;
    this.publisher = letters.publisher();
  }

  /** Skips what the queue has already, as often as it has it: for an import that was interrupted. */
  async skipPresent(letters: DeadLetters, options: Pick<SelectOptions, 'signal' | 'onRead'>): Promise<void> {
    for await (const { taken } of letters.read(options)) {
      const key = keyOf(copyOfTaken(taken, this.queue));
      this.present.set(key, (this.present.get(key) ?? 0) + 1);
    }
  }

  /** Resolves when everything begun has ended, or after an interruption when no broker could confirm it. */
  async run(lines: AsyncIterable<string>, { signal, onImported, onFailed }: ImportOptions): Promise<void> {
    let number = 0;
    giveUpWhenInterrupted(this.inFlight, { publisher: this.publisher, signal });
    try {
      for await (const line of lines) {
        number++;
        if (signal.aborted) break;
        if (line.trim() === '') continue;
        const publish = this.read(line, (why) => onFailed(number, why));
        if (publish === undefined) continue;
        if (this.isPresent(publish)) {
          this.outcome.skipped++;
          continue;
        }
        const lineNumber = number;
        const { length } = publish.body;
        await this.inFlight.acquire(length);
        if (signal.aborted) {
          this.inFlight.release(length);
          break;
        }
        // Not awaited: it never rejects, and `inFlight` is drained only when it has ended.
        void this.publisher
          .publish(publish)
          .then(
            () => (this.isOver ? undefined : onImported(++this.outcome.imported)),
            (error: unknown) => {
              if (this.isOver) return;
              this.outcome.failed++;
              onFailed(lineNumber, messageOf(error));
            },
          )
          .finally(() => this.inFlight.release(length));
      }
    } finally {
      await this.inFlight.drained();
      this.isOver = true;
      await this.publisher.stop();
    }
  }

  /** Undefined for a line that is no message any more: the file has changed since the check. */
  private read(line: string, onWrong: (why: string) => void): Publish | undefined {
    try {
      return publishOf(line, this.queue);
    } catch (error) {
      this.outcome.failed++;
      onWrong(messageOf(error));
      return undefined;
    }
  }

  private isPresent(publish: Publish): boolean {
    if (this.present.size === 0) return false;
    const key = keyOf(publish);
    const left = this.present.get(key) ?? 0;
    if (left > 0) this.present.set(key, left - 1);
    return left > 0;
  }
}

/**
 * The first line that is not a message of an export, with the reason; undefined when all are.
 * @param queue the queue that they are meant for
 */
export async function firstWrongLine(
  lines: AsyncIterable<string>,
  queue: string,
): Promise<{ readonly lineNumber: number; readonly why: string } | undefined> {
  let lineNumber = 0;
  for await (const line of lines) {
    lineNumber++;
    try {
      if (line.trim() !== '') publishOf(line, queue);
    } catch (error) {
      return { lineNumber, why: messageOf(error) };
    }
  }
  return undefined;
}

/** In an order of our own: the broker may write headers in another. */
function keyOf({ properties, headers, body }: Publish): string {
  const hash = createHash('sha256').update(
    JSON.stringify(properties, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  );
  for (const bytes of lastingHeaders(headers) ?? []) hash.update(bytes);
  return hash.update(body).digest('hex');
}
