import type { Logger } from 'pino';
import { declareQueue, isQueueNotFound, Publisher, QueueReader, type QueueReaderOptions } from '../broker/index.js';
import { BrokerError } from '../errors/index.js';
import { deadQueueArguments, QUORUM_DEAD_QUEUE } from '../failures/index.js';
import { AbsentQueue, type OpenQueue } from './absent-queue.js';
import { DeadMessage } from './message/dead-message.js';
import { MessageStore, type StoredMessage } from './message-store.js';
import { OldestFirst } from './oldest-first.js';
import { isSelected, type Selection, WantedContents } from './selection/selection.js';

export interface DeadLettersOptions extends QueueReaderOptions {
  readonly logger: Logger;
}

export interface SelectOptions {
  readonly selection: Selection;
  readonly limit?: number | undefined;
  readonly signal: AbortSignal;
  readonly onRead?: ((read: number) => void) | undefined;
}

/** The selected messages of a queue, oldest first. They stay in the queue unless the reader removes them. */
export interface ChosenMessages {
  readonly count: number;
  readonly messages: () => AsyncGenerator<DeadMessage>;
}

/** The messages in a dead queue at the moment of opening; later ones are ignored. */
export class DeadLetters {
  readonly queue: string;
  readonly reader: OpenQueue;
  private readonly options: DeadLettersOptions;
  private readonly store = new MessageStore();
  private returned = 0;

  private constructor(reader: OpenQueue, options: DeadLettersOptions) {
    this.reader = reader;
    this.options = options;
    this.queue = reader.queue;
  }

  /** @throws BrokerError `BROKER_REFUSED`, `BROKER_UNREACHABLE`, `QUEUE_UNREADABLE` */
  static async open(options: DeadLettersOptions): Promise<DeadLetters> {
    return new DeadLetters(await QueueReader.open(options), options);
  }

  /**
   * Like `open`, but a queue that does not exist is empty.
   * @param companion the queue whose messages it would hold: when that does not exist either, somebody has mistyped the
   * name; absent: always empty
   * @throws BrokerError `BROKER_REFUSED`, `BROKER_UNREACHABLE`, `QUEUE_UNREADABLE`
   */
  static async openOrEmpty(options: DeadLettersOptions, companion?: string): Promise<DeadLetters> {
    try {
      return await DeadLetters.open(options);
    } catch (error) {
      if (!(error instanceof BrokerError && isQueueNotFound(error.cause))) throw error;
      if (companion !== undefined && !(await exists({ ...options, queue: companion }))) throw error;
      return new DeadLetters(new AbsentQueue(options.queue), options);
    }
  }

  /**
   * Like `open`, but declares a missing dead queue as the daemon does.
   * @param type the `x-queue-type` of the queue whose messages it holds
   * @throws BrokerError `BROKER_REFUSED`, `BROKER_UNREACHABLE`, `QUEUE_UNREADABLE`
   */
  static async openOrDeclare(options: DeadLettersOptions, type: string | undefined): Promise<DeadLetters> {
    await declareQueue(options, deadQueueArguments(type));
    return DeadLetters.open(options);
  }

  /** False when the queue does not exist. */
  get isThere(): boolean {
    return !(this.reader instanceof AbsentQueue);
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

  /** Yields every message in the order of the queue. */
  async *read({ signal, onRead }: Pick<SelectOptions, 'signal' | 'onRead'>): AsyncGenerator<DeadMessage> {
    let read = 0;
    for await (const taken of this.reader.take(this.count)) {
      if (signal.aborted) return;
      const message = new DeadMessage(taken);
      this.returned = Math.max(this.returned, message.timesReturned);
      onRead?.(++read);
      yield message;
    }
  }

  /**
   * Reads the whole queue before it chooses: the order of a quorum queue is not that of the deaths, and a part that goes
   * back changes it. None are chosen when the signal aborts.
   */
  async choose({ selection, limit, signal, onRead }: SelectOptions): Promise<ChosenMessages> {
    const oldest = new OldestFirst(this.store, limit);
    const contents = new WantedContents(selection);
    for await (const message of this.read({ signal, onRead })) {
      if (isSelected(message, selection) && contents.take(message)) await oldest.add(message);
    }
    const chosen = signal.aborted ? [] : oldest.sorted();
    return { count: chosen.length, messages: () => load(chosen, signal) };
  }

  /** Yields the selected messages, oldest first, as `choose` does. */
  async *select(options: SelectOptions): AsyncGenerator<DeadMessage> {
    yield* (await this.choose(options)).messages();
  }

  /** Publishes the copies of a replay; opens its own connection with the first one. */
  publisher(): Publisher {
    const { address, settings, logger, random, name } = this.options;
    return new Publisher({ address, settings, logger, random, name: `${name}.publisher` });
  }

  async close(): Promise<void> {
    await this.reader.close();
    await this.store.close();
  }
}

async function* load(chosen: readonly StoredMessage[], signal: AbortSignal): AsyncGenerator<DeadMessage> {
  for (const each of chosen) {
    if (signal.aborted) return;
    yield new DeadMessage(await each.load());
  }
}

async function exists(options: QueueReaderOptions): Promise<boolean> {
  try {
    await (await QueueReader.open(options)).close();
    return true;
  } catch {
    return false;
  }
}
