import type { Logger } from 'pino';
import type { Configuration } from '../config/index.js';
import { chooseEntry } from './entry-choice.js';
import { refused } from './protocol.js';
import { type RunningMessage, RunningMessages } from './running.js';
import { type ControlledEntry, StatusReader, type StatusReport, type StatusSources } from './status.js';

export interface ControlActionsOptions extends StatusSources {
  readonly configuration: Pick<Configuration, 'queues'>;
  readonly logger: Logger;
}

/** What an action did to an entry. */
export interface EntryOutcome {
  readonly queue: string;
  readonly name: string;
  readonly state: 'paused' | 'resumed' | 'refused';
  /** False: it was so already. */
  readonly changed: boolean;
  /** Why it was refused. */
  readonly reason: string | null;
}

/**
 * The verbs of an operator, on the main thread. Nothing here waits for a thread that computes. Every method but those
 * that only read logs a line; `by` says who asked. All throw DispatcherError `CONTROL_REFUSED`.
 */
export class ControlActions {
  private readonly options: ControlActionsOptions;
  private readonly reader: StatusReader;
  private readonly messages: RunningMessages;

  constructor(options: ControlActionsOptions) {
    this.options = options;
    this.reader = new StatusReader(options);
    this.messages = new RunningMessages(options.entries, options.nowMs);
  }

  status(): StatusReport {
    return this.reader.read();
  }

  /** The longest first. */
  running(): readonly RunningMessage[] {
    return this.messages.list();
  }

  /** Takes no new work for an entry: what runs ends with its answers, the rest goes back to the queue. */
  async pause(entry: string, by: string): Promise<EntryOutcome> {
    const index = this.choose(entry);
    const fault = this.pauseFault(index);
    if (fault !== undefined) throw refused(fault);
    this.log(`pause ${entry}`, by, this.source(index));
    return this.pauseAt(index);
  }

  async resume(entry: string, by: string): Promise<EntryOutcome> {
    const index = this.choose(entry);
    this.log(`resume ${entry}`, by, this.source(index));
    return this.resumeAt(index);
  }

  async resumeAll(by: string): Promise<readonly EntryOutcome[]> {
    this.refuseAtStop();
    this.log('resume --all', by);
    return Promise.all(this.options.entries.map((_, index) => this.resumeAt(index)));
  }

  /** Pauses every entry that can be paused. */
  async quiet(by: string): Promise<readonly EntryOutcome[]> {
    this.refuseAtStop();
    this.log('quiet', by);
    return Promise.all(
      this.options.entries.map((source, index) => {
        const reason = this.pauseFault(index);
        return reason === undefined
          ? this.pauseAt(index)
          : { ...nameOf(source), state: 'refused', changed: false, reason };
      }),
    );
  }

  private async pauseAt(index: number): Promise<EntryOutcome> {
    const { flow, ...source } = this.source(index);
    const subscription = this.subscription(index);
    const changed = !subscription.isPaused;
    await subscription.pause(() => flow.pause());
    return { ...nameOf(source), state: 'paused', changed, reason: null };
  }

  private async resumeAt(index: number): Promise<EntryOutcome> {
    const { flow, ...source } = this.source(index);
    const subscription = this.subscription(index);
    const changed = subscription.isPaused;
    await subscription.resume(() => flow.resume());
    return { ...nameOf(source), state: 'resumed', changed, reason: null };
  }

  /** Why a pause would lose messages. */
  private pauseFault(index: number): string | undefined {
    const { entry, isStream, label } = this.source(index);
    if (isStream) {
      return `${label} consumes from a stream: a new subscription would begin at x-stream-offset again, not where it paused`;
    }
    const { queues } = this.options.configuration;
    return queues.find(({ queue }) => queue === entry.queue)?.autoDelete === true
      ? `the broker would delete the queue "${entry.queue}" of ${label} with its last consumer: it is auto_delete`
      : undefined;
  }

  private choose(entry: string): number {
    this.refuseAtStop();
    return chooseEntry(this.options.entries, entry);
  }

  private refuseAtStop(): void {
    if (this.options.phase() === 'draining') throw refused('the daemon is stopping');
  }

  private source(index: number): ControlledEntry {
    return present(this.options.entries[index]);
  }

  private subscription(index: number): StatusSources['connection']['subscriptions'][number] {
    return present(this.options.connection.subscriptions[index]);
  }

  private log(action: string, by: string, source?: ControlledEntry): void {
    const { queue, name } = source === undefined ? {} : nameOf(source);
    this.options.logger.info(
      { by, action, ...(source !== undefined && { queue, consumer: name }) },
      `operator action: ${action} by ${by}`,
    );
  }
}

function nameOf({ entry, label }: Pick<ControlledEntry, 'entry' | 'label'>): { queue: string; name: string } {
  return { queue: entry.queue, name: label };
}

function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new RangeError('there is no such entry');
  return value;
}
