import type { Logger } from 'pino';
import { type Configuration, parseRate, RATE_EXPECTED, RATE_PATTERN, writeRate } from '../config/index.js';
import type { Slot } from '../dispatch/index.js';
import { ConsumerError, messageOf } from '../errors/index.js';
import { chooseEntry } from './entry-choice.js';
import { EntrySettings } from './entry-settings.js';
import { type Inspectable, ThreadInspections } from './inspections.js';
import { Live } from './live/live.js';
import { type AbortOutcome, type EntryOutcome, SETTINGS, type SettingOutcome, type ThreadOutcome } from './outcomes.js';
import { RecentUtilization } from './recent-utilization.js';
import { type RunningMessage, RunningMessages } from './running.js';
import { refused, unknownWord } from './socket/protocol.js';
import { type ControlledEntry, StatusReader, type StatusReport, type StatusSources } from './status.js';

export interface ControlActionsOptions extends Omit<StatusSources, 'settings'> {
  readonly entries: readonly ControlledEntry[];
  readonly configuration: Pick<Configuration, 'queues'>;
  readonly killThread: (slot: Slot, cause: ConsumerError) => void;
  /** Of the lines of the consumer itself, on its threads. */
  readonly setLogLevel: (slot: Slot, level: string) => void;
  /** Resolves when the successor takes over; false if the thread is already being replaced. Throws if the successor cannot start. */
  readonly recycle: (thread: number, reason: string) => Promise<boolean>;
  readonly inspection: Inspectable;
  readonly logger: Logger;
}

const BUSY = { state: 'busy', reason: null } as const;

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
/** AMQP sends the prefetch count as two bytes. */
const MOST_PREFETCH = 65_535;

export interface SettingChange {
  readonly entry: string;
  readonly key: string;
  readonly value: string;
}

/**
 * The verbs of an operator, on the main thread. Nothing here waits for a thread that computes. Every action logs a line;
 * `by` says who asked. All throw DispatcherError `CONTROL_REFUSED`.
 */
export class ControlActions {
  readonly live: Live;
  readonly utilization: RecentUtilization;
  private readonly options: ControlActionsOptions;
  private readonly reader: StatusReader;
  private readonly settings: EntrySettings;
  private readonly messages: RunningMessages;
  readonly inspections: ThreadInspections;

  constructor(options: ControlActionsOptions) {
    this.options = options;
    this.settings = new EntrySettings(options.entries);
    const sources = { ...options, settings: this.settings };
    this.live = new Live({ ...sources, wallMs: Date.now });
    this.utilization = new RecentUtilization(options);
    this.reader = new StatusReader(sources);
    this.messages = new RunningMessages(options.entries, options.nowMs);
    this.inspections = new ThreadInspections({ ...options, running: () => this.messages.list() });
  }

  status(): StatusReport {
    return this.reader.read(this.utilization);
  }

  /** The longest first. */
  running(): readonly RunningMessage[] {
    return this.messages.list();
  }

  /** Stops taking messages for an entry: running ones finish, the daemon requeues waiting ones. */
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
    const quieten = async (source: ControlledEntry, index: number): Promise<EntryOutcome> => {
      const reason = this.pauseFault(index);
      if (reason === undefined) return this.pauseAt(index);
      return { ...nameOf(source), state: 'refused', changed: false, reason };
    };
    return Promise.all(this.options.entries.map(quieten));
  }

  /**
   * Aborts the signal of a running message, or with `hard` ends its thread: the message fails as at timeout.hard, and the
   * other messages of the thread are requeued.
   * @param id as `running` lists it
   */
  abort({ id, hard }: { readonly id: number; readonly hard: boolean }, by: string): AbortOutcome {
    const found = this.messages.find(id);
    if (found === undefined) throw refused(`no message ${id} is running (ctl running lists the ids)`);
    const { source, each } = found;
    const { delivery, slot } = each;
    const { deliveryTag } = delivery.message;
    this.log(`abort ${id}${hard ? ' --hard' : ''}`, by, source, { thread: slot.thread, deliveryTag });
    if (hard) {
      source.flow.abortHard(delivery);
      this.options.killThread(slot, new ConsumerError('DELIVERY_ABORTED', `${source.label} was aborted by ${by}`));
    } else {
      slot.link?.abort(delivery, `aborted by ${by}`);
    }
    return { id, ...nameOf(source), thread: slot.thread, state: hard ? 'terminated' : 'signalled' };
  }

  /** Replaces the threads of a group, or all, one after another; each finishes its messages. */
  async recycle(group: string | undefined, by: string): Promise<readonly ThreadOutcome[]> {
    this.refuseAtStop();
    const groups = this.options.groups();
    const meant = group === undefined ? groups : groups.filter(({ name }) => name === group);
    const names = groups.map(({ name }) => name);
    if (group !== undefined && meant.length === 0) throw refused(unknownWord('group of threads', group, names));
    this.log(group === undefined ? 'recycle' : `recycle ${group}`, by);
    const outcomes: ThreadOutcome[] = [];
    for (const { name, threads } of meant) {
      for (const { thread, state } of threads) {
        const outcome = state === 'serving' ? await this.recycleThread(thread, by) : BUSY;
        outcomes.push({ group: name, thread, ...outcome });
      }
    }
    return outcomes;
  }

  /** Changes a setting of an entry until the daemon stops: `prefetch` 1 to 65535, `rate` such as `50/s` or `off`, `log-level`. */
  async set({ entry, key, value }: SettingChange, by: string): Promise<SettingOutcome> {
    const index = this.choose(entry);
    const source = this.source(index);
    const word = SETTINGS.find((each) => each === key);
    if (word === undefined) throw refused(unknownWord('setting', key, SETTINGS));
    if (word === 'prefetch') {
      const prefetch = Number(value);
      if (!/^\d{1,5}$/.test(value) || prefetch < 1 || prefetch > MOST_PREFETCH)
        throw refused(`"${value}" is not a prefetch (expected 1 to ${MOST_PREFETCH})`);
      if (source.isStream) throw refused(streamFault(source));
      this.log(`set ${entry} prefetch ${prefetch}`, by, source);
      this.settings.change(index, { prefetch });
      await this.subscription(index).setPrefetch(prefetch);
    } else if (word === 'log-level') {
      const level = LEVELS.find((each) => each === value);
      if (level === undefined) throw refused(unknownWord('level', value, LEVELS));
      this.log(`set ${entry} log-level ${level}`, by, source);
      this.settings.change(index, { logLevel: level });
      source.log.setLevel(level);
      for (const slot of source.slots) this.options.setLogLevel(slot, level);
    } else {
      if (value !== 'off' && !RATE_PATTERN.test(value)) throw refused(`"${value}" is not off or ${RATE_EXPECTED}`);
      this.log(`set ${entry} rate ${value}`, by, source);
      const perSecond = value === 'off' ? undefined : parseRate(value);
      this.settings.change(index, { rate: writeRate(perSecond) });
      source.flow.limit(perSecond);
    }
    return { ...nameOf(source), setting: word, value };
  }

  private async recycleThread(thread: number, by: string): Promise<Pick<ThreadOutcome, 'state' | 'reason'>> {
    try {
      const isReplaced = await this.options.recycle(thread, `${by} asked for it`);
      return isReplaced ? { state: 'replaced', reason: null } : BUSY;
    } catch (error) {
      return { state: 'failed', reason: messageOf(error) };
    }
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
    const source = this.source(index);
    if (source.isStream) return streamFault(source);
    const { entry, label } = source;
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

  private log(action: string, by: string, source?: ControlledEntry, more: object = {}): void {
    const { queue, name } = source === undefined ? {} : nameOf(source);
    this.options.logger.info(
      { by, action, ...(source !== undefined && { queue, consumer: name }), ...more },
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

function streamFault({ label }: ControlledEntry): string {
  return `${label} consumes from a stream: a new subscription would begin at x-stream-offset again, not where it is now`;
}
