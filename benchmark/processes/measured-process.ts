import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import type { Readable } from 'node:stream';
import { type JsonRecord, parseRecordLines } from '../../test/support/json-record.js';
import { environmentForChild } from '../../test/support/processes/child-environment.js';
import { guardOrphan } from '../../test/support/processes/orphan-guard.js';
import { residentBytes } from '../../test/support/processes/resident-memory.js';
import { waitFor } from '../../test/support/wait.js';

export interface MeasuredProcessOptions {
  /** Default: this Node.js. */
  readonly program?: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Its working files. The caller removes the folder; the orphan guard does if the harness dies. */
  readonly folder: string;
}

/** How long to wait for the process, in milliseconds. */
export interface Patience {
  readonly timeoutMs?: number | undefined;
  /** Between two looks. */
  readonly everyMs?: number;
}

/** A measured process, separate from the broker and the harness. It ends when the harness does. */
export class MeasuredProcess {
  /** Milliseconds since 1970, as in log lines. */
  readonly spawnedAt = Date.now();
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #exited: Promise<void>;
  readonly #startedAt = performance.now();
  #output = '';
  #readyAt: number | undefined;

  constructor({ program = process.execPath, args, env = {}, folder }: MeasuredProcessOptions) {
    this.#child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environmentForChild(), ...env },
    });
    const { pid, stdout, stderr } = this.#child;
    const release = pid === undefined ? () => {} : guardOrphan({ pid, folder });
    this.#exited = new Promise<void>((resolve) => {
      this.#child.once('error', () => resolve());
      this.#child.once('close', () => resolve());
    }).finally(release);
    stdout.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    stderr.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Its log lines so far. */
  get logged(): readonly JsonRecord[] {
    return parseRecordLines(this.#output);
  }

  /** Resolves with the milliseconds from the spawn to the log line `ready`. */
  async ready(): Promise<number> {
    const readyAt = await this.until('be ready', () => this.#readyAt);
    return readyAt - this.#startedAt;
  }

  /** Resolves with the text of a file once the process has written it. */
  async written(file: string, timeoutMs?: number): Promise<string> {
    return this.until(`write ${file}`, () => readFile(file, 'utf8').catch(() => undefined), { timeoutMs });
  }

  /** Resident memory in bytes; undefined where there is no /proc. */
  residentBytes(): number | undefined {
    return residentBytes(this.pid);
  }

  signal(name: NodeJS.Signals): void {
    if (this.running) this.#child.kill(name);
  }

  /** Stops all of its threads at once until `resume`; it uses no processor time meanwhile. */
  suspend(): void {
    this.signal('SIGSTOP');
  }

  resume(): void {
    this.signal('SIGCONT');
  }

  /** Sends SIGTERM, and SIGKILL if the process is still there after `patienceMs`. */
  async stop(patienceMs = 10_000): Promise<void> {
    this.signal('SIGTERM');
    this.resume();
    const timer = setTimeout(() => this.signal('SIGKILL'), patienceMs);
    await this.#exited;
    clearTimeout(timer);
  }

  /** Resolves with the first value that `look` returns. @throws when the process ends without one */
  async until<T>(what: string, look: () => T | Promise<T>, { timeoutMs = 120_000, everyMs = 5 }: Patience = {}) {
    const settled = async (): Promise<T> => {
      const wasRunning = this.running;
      const found = await look();
      if (found === undefined && !wasRunning)
        throw new Error(`the process ended and did not ${what}:\n${this.#output}`);
      return found;
    };
    return waitFor(settled, { what: () => `the process to ${what}:\n${this.#output}`, timeoutMs, everyMs });
  }

  #read(text: string): void {
    this.#output += text;
    if (this.#readyAt !== undefined) return;
    if (this.logged.some(({ msg }) => msg === 'ready')) this.#readyAt = performance.now();
  }
}
