import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseRecordLines } from '../../support/json-record.js';
import { waitFor } from '../../support/wait.js';
import type { Counts } from './census.js';
import { CENSUS_FOLDER, type CensusFiles, censusFiles } from './census-files.js';
import { excess } from './census-tolerance.js';

const PROBE = new URL('census-probe.js', import.meta.url).href;
const ANSWER_MS = 60_000;
/** What is only late (a handshake that was given up, a timer of a closed socket) has gone by then; a leak has not. */
const SETTLE_MS = 45_000;
const PAUSE_MS = 1_000;

/** Asks the probe in the daemon what its main thread holds. */
export class CensusTaker {
  readonly #folder: string;
  readonly #files: CensusFiles;

  /** @param folder an empty one, of the soak's own */
  constructor(folder: string) {
    this.#folder = folder;
    this.#files = censusFiles(folder);
  }

  /** What the daemon's environment must have. */
  get env(): Readonly<Record<string, string>> {
    return { [CENSUS_FOLDER]: this.#folder, NODE_OPTIONS: `--import=${PROBE}` };
  }

  /** Warnings of the process, as `MaxListenersExceededWarning: …`. */
  get warnings(): readonly string[] {
    return read(this.#files.warnings).map(({ name, message }) => `${String(name)}: ${String(message)}`);
  }

  /** Of a quiet daemon: when two counts after each other agree, or the last one. */
  async steady(): Promise<Counts> {
    let before = await this.#take();
    return this.#takeUntil((now) => {
      const isSame = excess(before, now).length === 0 && excess(now, before).length === 0;
      before = now;
      return isSame;
    });
  }

  /** Of a quiet daemon: once nothing is more than it was, or the last one. */
  async settled(before: Counts): Promise<Counts> {
    return this.#takeUntil((now) => excess(before, now).length === 0);
  }

  async #takeUntil(isDone: (counts: Counts) => boolean): Promise<Counts> {
    let counts: Counts = {};
    const look = async (): Promise<boolean> => isDone((counts = await this.#take()));
    // In vain: the last count tells more than a timeout.
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
