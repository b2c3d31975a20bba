import { readFile } from 'node:fs/promises';
import { isRecord, type JsonRecord, parseRecordLines } from '../test/support/json-record.js';

/** What happened to one queue's messages, according to the daemon's log. */
export interface QueueLog {
  readonly consumed: number;
  readonly acked: number;
  /** Returned to the queue: `consume` threw, or the daemon stopped before they began. */
  readonly requeued: number;
  readonly released: number;
  /** Republished by the queue's consumer and confirmed, by routing key. */
  readonly republished: ReadonlyMap<string, number>;
}

/** The daemon's JSON log at level `debug`, which has a line for each event of a delivery. */
export class DaemonLog {
  readonly #lines: readonly JsonRecord[];

  constructor(lines: readonly JsonRecord[]) {
    this.#lines = lines;
  }

  static async read(file: string): Promise<DaemonLog> {
    return new DaemonLog(parseRecordLines(await readFile(file, 'utf8').catch(() => ''))); // no file yet
  }

  get isReady(): boolean {
    return this.#count(({ msg }) => msg === 'ready') > 0;
  }

  /** Connections opened, and how many of them were lost before the daemon stopped. */
  get connections(): { readonly opened: number; readonly lost: number } {
    return {
      opened: this.#count(({ msg }) => startsWith(msg, 'connected to ')),
      lost: this.#count(({ msg }) => startsWith(msg, 'connection lost')),
    };
  }

  get computations(): number {
    return this.#count(({ computing }) => computing === true);
  }

  of(queue: string): QueueLog {
    const lines = this.#lines.filter((line) => line['queue'] === queue);
    const answers = lines.map(({ answer }) => answer);
    const count = (message: string): number => lines.filter(({ msg }) => startsWith(msg, message)).length;
    const republished = new Map<string, number>();
    for (const { published } of lines) {
      if (typeof published === 'string') republished.set(published, (republished.get(published) ?? 0) + 1);
    }
    const released = count('released');
    return {
      consumed: count('received') - released,
      acked: answers.filter((answer) => answer === 'ack').length,
      requeued: answers.filter((answer) => answer === 'rejectRequeue' || answer === 'nackRequeue').length,
      released,
      republished,
    };
  }

  #count(matches: (line: JsonRecord) => boolean): number {
    return this.#lines.filter((line) => isRecord(line) && matches(line)).length;
  }
}

function startsWith(text: unknown, start: string): boolean {
  return typeof text === 'string' && text.startsWith(start);
}
