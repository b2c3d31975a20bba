import { readFile } from 'node:fs/promises';
import { isRecord, type JsonRecord, parseRecordLines } from '../test/support/json-record.js';

/** What became of one queue's messages, from the daemon's own log of its deliveries. */
export interface QueueLog {
  /** Handed to a consumer. */
  readonly consumed: number;
  readonly acked: number;
  /** Back on the queue: thrown at, or released at the stop before they began. */
  readonly requeued: number;
  readonly released: number;
  /** Published onward by the queue's consumer and confirmed, by routing key. */
  readonly republished: ReadonlyMap<string, number>;
}

/** The daemon's log in JSON, at the level `debug`: there each event of a delivery's life is a line. */
export class DaemonLog {
  readonly #lines: readonly JsonRecord[];

  constructor(lines: readonly JsonRecord[]) {
    this.#lines = lines;
  }

  static async read(file: string): Promise<DaemonLog> {
    return new DaemonLog(parseRecordLines(await readFile(file, 'utf8').catch(() => ''))); // not begun: no lines
  }

  get isReady(): boolean {
    return this.#count(({ msg }) => msg === 'ready') > 0;
  }

  /** Connections that were opened, and how many of them went before the stop. */
  get connections(): { readonly opened: number; readonly lost: number } {
    return {
      opened: this.#count(({ msg }) => startsWith(msg, 'connected to ')),
      lost: this.#count(({ msg }) => startsWith(msg, 'connection lost')),
    };
  }

  /** How often a consumer began to compute. */
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
