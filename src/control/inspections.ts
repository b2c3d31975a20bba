import { randomUUID } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { DispatcherError, messageOf } from '../errors/index.js';
import type { GroupStatus, StackReport, ThreadInspection } from '../threads/index.js';
import { durationMs } from '../timing/index.js';
import type { RunningMessage } from './running.js';
import { refused } from './socket/protocol.js';

/** Only for the user of the daemon: a heap contains messages and secrets. */
const OWNER_ONLY = 0o600;
/** The samples of a longer profile would be too much for one reply of the thread. */
const LONGEST_PROFILE_MS = 5 * 60_000;
/** For a client to move a file; one that dies leaves it. */
const KEPT_MS = 60 * 60_000;

/** The inspections of a thread. */
export type Inspectable = Pick<ThreadInspection, 'stack' | 'profile' | 'heapSnapshot'>;

export interface InspectionsOptions {
  readonly inspection: Inspectable;
  readonly groups: () => readonly GroupStatus[];
  /** The longest first. */
  readonly running: () => readonly RunningMessage[];
  readonly phase: () => string;
  readonly logger: Logger;
}

/** Where a thread is. */
export interface StackResult extends StackReport {
  readonly group: string;
  /** The message that it runs, the longest if there are several. */
  readonly message: RunningMessage | null;
}

/** A file in the daemon's temporary folder, for its client to move; the daemon removes it after an hour, or when it stops. */
export interface InspectionFile {
  readonly thread: number;
  readonly group: string;
  readonly file: string;
  readonly bytes: number;
}

/**
 * The verbs that look into a thread. The main thread never waits for the thread without a limit. All throw DispatcherError
 * `CONTROL_REFUSED` or `INSPECTION_FAILED`.
 */
export class ThreadInspections {
  private readonly options: InspectionsOptions;
  /** Each with the timer that removes it, until we see that its client has moved it. */
  private readonly files = new Map<string, NodeJS.Timeout>();
  private readonly beingWritten = new Set<string>();
  private isStopped = false;

  constructor(options: InspectionsOptions) {
    this.options = options;
  }

  /** Where the JavaScript of a thread is now, even in an endless loop, or why it is unknown. */
  async stack(thread: number, by: string): Promise<StackResult> {
    const group = this.begin(`stack ${thread}`, thread, by);
    const report = await this.options.inspection.stack(thread);
    const message = this.options.running().find((each) => each.thread === thread) ?? null;
    return { ...report, group, message };
  }

  /** Samples the JavaScript of a thread; `for` is a duration such as `10s`, at most 5 minutes. */
  async profile(
    { thread, for: span }: { readonly thread: number; readonly for: string },
    by: string,
  ): Promise<InspectionFile> {
    const forMs = durationOf(span);
    const group = this.begin(`profile ${thread} --for ${span}`, thread, by);
    const profile = await this.options.inspection.profile(thread, forMs);
    return this.written({ thread, group, ending: 'cpuprofile' }, (path) =>
      writeFile(path, profile, { flag: 'wx', mode: OWNER_ONLY }),
    );
  }

  /** Lets a thread write its heap: it stops for seconds, and V8 needs up to 20 times the heap in memory meanwhile. */
  async heap(thread: number, by: string): Promise<InspectionFile> {
    const group = this.begin(`heap ${thread}`, thread, by);
    return this.written({ thread, group, ending: 'heapsnapshot' }, (path) =>
      this.options.inspection.heapSnapshot(thread, path),
    );
  }

  /** Removes the files that no client moved away. */
  stop(): void {
    this.isStopped = true;
    for (const path of [...this.files.keys(), ...this.beingWritten]) this.remove(path);
  }

  private async written(
    { ending, ...place }: { readonly thread: number; readonly group: string; readonly ending: string },
    write: (path: string) => Promise<void>,
  ): Promise<InspectionFile> {
    const file = join(tmpdir(), `amqp-dispatcher-${process.pid}-${randomUUID()}.${ending}`);
    this.forgetMoved();
    this.beingWritten.add(file);
    try {
      await write(file);
      const { size } = await stat(file);
      if (this.isStopped) throw refused('the daemon is stopping');
      this.keep(file);
      return { ...place, file, bytes: size };
    } catch (error) {
      this.remove(file);
      if (error instanceof DispatcherError) throw error;
      throw new DispatcherError('INSPECTION_FAILED', `cannot write ${file}: ${messageOf(error)}`, { cause: error });
    } finally {
      this.beingWritten.delete(file);
    }
  }

  private keep(file: string): void {
    const timer = setTimeout(() => this.remove(file), KEPT_MS);
    timer.unref();
    this.files.set(file, timer);
  }

  private forgetMoved(): void {
    for (const [file, timer] of this.files) {
      if (existsSync(file)) continue;
      clearTimeout(timer);
      this.files.delete(file);
    }
  }

  /** Synchronously: the daemon may be stopping. */
  private remove(file: string): void {
    clearTimeout(this.files.get(file));
    this.files.delete(file);
    rmSync(file, { force: true });
  }

  /** Logs the action; returns the group of the thread. */
  private begin(action: string, thread: number, by: string): string {
    const { groups, phase, logger } = this.options;
    if (phase() === 'draining') throw refused('the daemon is stopping');
    const all = groups();
    const group = all.find(({ threads }) => threads.some((each) => each.thread === thread));
    const last = all.reduce((sum, { threads }) => sum + threads.length, 0) - 1;
    if (group === undefined) throw refused(`there is no thread ${thread} (there are 0 to ${last}, see status)`);
    logger.info({ by, action, thread }, `operator action: ${action} by ${by}`);
    return group.name;
  }
}

function durationOf(text: string): number {
  const ms = durationMs(text);
  if (ms === undefined || ms <= 0 || ms > LONGEST_PROFILE_MS)
    throw refused(`"${text}" is not a duration for a profile (expected one such as 10s, at most 5m)`);
  return ms;
}
