import type { Logger } from 'pino';
import { Publisher, QueueReader, type QueueReaderOptions } from '../broker/index.js';
import { QUORUM_DEAD_QUEUE } from '../failures/index.js';
import { DeadMessage } from './dead-message.js';
import { deadNameOf } from './queue-name.js';
import { isSelected, type Selection } from './selection.js';

export interface DeadLettersOptions extends QueueReaderOptions {
  /** Told what holds up the publishes of a replay. */
  readonly logger: Logger;
}

export interface SelectOptions {
  readonly selection: Selection;
  /** At most so many; absent: all. */
  readonly limit?: number | undefined;
  /** Ends the reading. */
  readonly signal: AbortSignal;
  /** Called for each message that was looked at. */
  readonly onRead?: ((read: number) => void) | undefined;
}

/** The messages that lie in a dead queue at the moment when it is opened; what comes later is not seen. */
export class DeadLetters {
  readonly queue: string;
  readonly reader: QueueReader;
  private readonly options: DeadLettersOptions;
  /** The most that a quorum queue has counted of one of them. */
  private returned = 0;

  private constructor(reader: QueueReader, options: DeadLettersOptions) {
    this.reader = reader;
    this.options = options;
    this.queue = reader.queue;
  }

  /** @throws BrokerError `BROKER_REFUSED`, `BROKER_UNREACHABLE`, `QUEUE_UNREADABLE` */
  static async open(options: DeadLettersOptions): Promise<DeadLetters> {
    return new DeadLetters(await QueueReader.open({ ...options, queue: deadNameOf(options.queue) }), options);
  }

  get count(): number {
    return this.reader.count;
  }

  get timesReturned(): number {
    return this.returned;
  }

  /** True when the daemon declared the queue, so that it drops nothing that comes back often. */
  async dropsNothing(): Promise<boolean> {
    return this.reader.hasArguments(QUORUM_DEAD_QUEUE);
  }

  /** Those that are meant, the oldest first. They stay in the queue, unless the reader removes them. */
  async *select({ selection, limit, signal, onRead }: SelectOptions): AsyncGenerator<DeadMessage> {
    let read = 0;
    let selected = 0;
    for await (const taken of this.reader.take(wanted(this.count, selection, limit))) {
      if (signal.aborted) return;
      const message = new DeadMessage(taken);
      this.returned = Math.max(this.returned, message.timesReturned);
      onRead?.(++read);
      if (!isSelected(message, selection)) continue;
      yield message;
      if (++selected === limit) return;
    }
  }

  /** For the copies of a replay; over a connection of its own, opened with the first of them. */
  publisher(): Publisher {
    const { address, settings, logger, random, name } = this.options;
    return new Publisher({ address, settings, logger, random, name: `${name}.publisher` });
  }

  async close(): Promise<void> {
    await this.reader.close();
  }
}

/** With nothing to look for, no more is taken than is wanted. */
function wanted(count: number, { ids, conditions }: Selection, limit = count): number {
  return ids.length + conditions.length === 0 ? Math.min(count, limit) : count;
}
