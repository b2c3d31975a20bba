import type { Logger } from 'pino';
import { Publisher, QueueReader, type QueueReaderOptions } from '../broker/index.js';
import { QUORUM_DEAD_QUEUE } from '../failures/index.js';
import { DeadMessage } from './dead-message.js';
import { deadNameOf } from './queue-name.js';
import { isSelected, type Selection } from './selection.js';

export interface DeadLettersOptions extends QueueReaderOptions {
  readonly logger: Logger;
}

export interface SelectOptions {
  readonly selection: Selection;
  readonly limit?: number | undefined;
  readonly signal: AbortSignal;
  readonly onRead?: ((read: number) => void) | undefined;
}

/** The messages in a dead queue at the moment of opening; later ones are ignored. */
export class DeadLetters {
  readonly queue: string;
  readonly reader: QueueReader;
  private readonly options: DeadLettersOptions;
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

  /** True when the daemon declared the queue, so that no delivery limit drops messages. */
  async dropsNothing(): Promise<boolean> {
    return this.reader.hasArguments(QUORUM_DEAD_QUEUE);
  }

  /** Yields the selected messages, oldest first. They stay in the queue unless the reader removes them. */
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

  /** Publishes the copies of a replay; opens its own connection with the first one. */
  publisher(): Publisher {
    const { address, settings, logger, random, name } = this.options;
    return new Publisher({ address, settings, logger, random, name: `${name}.publisher` });
  }

  async close(): Promise<void> {
    await this.reader.close();
  }
}

/** Without conditions, take only as many messages as wanted. */
function wanted(count: number, { ids, conditions }: Selection, limit = count): number {
  return ids.length + conditions.length === 0 ? Math.min(count, limit) : count;
}
