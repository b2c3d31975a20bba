import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseRecordLines } from '../../support/json-record.js';
import { waitFor } from '../../support/wait.js';
import type { MainMemory } from '../report/memory-trend.js';
import type { Counts } from './census.js';
import { CENSUS_FOLDER, type CensusFiles, censusFiles } from './census-files.js';
import { excess } from './census-tolerance.js';
import { HeapGraph } from './heap-graph.js';

const PROBE = new URL('census-probe.js', import.meta.url).href;
/** MiB. V8 enlarges a thread's space for new objects over hours, to 48 MiB by default; a leak would hide in that. */
const MAX_SEMI_SPACE = 4;
const ANSWER_MS = 60_000;
/** By then late objects (an abandoned handshake, the timer of a closed socket) are gone; a leak is not. */
const SETTLE_MS = 45_000;
const PAUSE_MS = 1_000;
/** Of one class. */
const MOST_HOLDERS = 20;

/** Asks the probe in the daemon what its main thread holds. */
export class CensusTaker {
  readonly #folder: string;
  readonly #files: CensusFiles;

  /** @param folder an empty folder of the soak */
  constructor(folder: string) {
    this.#folder = folder;
    this.#files = censusFiles(folder);
  }

  /** Environment variables for the daemon. */
  get env(): Readonly<Record<string, string>> {
    return { [CENSUS_FOLDER]: this.#folder, NODE_OPTIONS: `--import=${PROBE} --max-semi-space-size=${MAX_SEMI_SPACE}` };
  }

  /** Warnings of the process, as `MaxListenersExceededWarning: …`. */
  get warnings(): readonly string[] {
    return read(this.#files.warnings).map(({ name, message }) => `${String(name)}: ${String(message)}`);
  }

  /** The memory in use, each second. */
  get memory(): readonly MainMemory[] {
    return read(this.#files.memory).map(({ at, resident, heapUsed, external }) => ({
      at: Number(at),
      resident: Number(resident),
      heapUsed: Number(heapUsed),
      external: Number(external),
    }));
  }

  /** Counts an idle daemon until two counts in a row agree; returns the last one. */
  async steady(): Promise<Counts> {
    let before = await this.#take();
    return this.#takeUntil((now) => {
      const isSame = excess(before, now).length === 0 && excess(now, before).length === 0;
      before = now;
      return isSame;
    });
  }

  /** Counts an idle daemon until no count exceeds an earlier census; returns the last one. */
  async settled(before: Counts): Promise<Counts> {
    return this.#takeUntil((now) => excess(before, now).length === 0);
  }

  /** What holds the objects of a class that has grown: a line for each of them, the old ones and the new. */
  async holders(before: Counts, after: Counts): Promise<string[]> {
    const names = excess(before, after).map(({ name }) => name.replace(/^amqplib /, ''));
    if (names.length === 0) return [];
    writeFileSync(this.#files.snapshotWanted, '');
    await waitFor(() => !existsSync(this.#files.snapshotWanted), { timeoutMs: ANSWER_MS, what: 'a heap snapshot' });
    const heap = new HeapGraph(readFileSync(this.#files.snapshot, 'utf8'));
    return names.flatMap((name) => heap.pathsTo(name).slice(0, MOST_HOLDERS));
  }

  async #takeUntil(isDone: (counts: Counts) => boolean): Promise<Counts> {
    let counts: Counts = {};
    const look = async (): Promise<boolean> => isDone((counts = await this.#take()));
    // On a timeout the last count is more useful than an error.
    await waitFor(look, { timeoutMs: SETTLE_MS, everyMs: PAUSE_MS, what: 'a quiet daemon' }).catch(() => undefined);
    return counts;
  }

  async #take(): Promise<Counts> {
    const taken = read(this.#files.census).length;
    writeFileSync(this.#files.wanted, '');
    const counts = await waitFor(() => read(this.#files.census)[taken], { timeoutMs: ANSWER_MS, what: 'a census' });
    return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, Number(count)]));
  }
}

function read(file: string): ReturnType<typeof parseRecordLines> {
  return existsSync(file) ? parseRecordLines(readFileSync(file, 'utf8')) : [];
}
