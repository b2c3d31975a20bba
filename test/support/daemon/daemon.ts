import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type JsonRecord, parseRecordLines } from '../json-record.js';
import { environmentForChild } from '../processes/child-environment.js';
import { guardOrphan } from '../processes/orphan-guard.js';
import { waitFor } from '../wait.js';
import { type DaemonFolder, type DaemonFolderOptions, makeDaemonFolder } from './daemon-folder.js';

export interface DaemonOptions extends DaemonFolderOptions {
  /** `RABBITMQ_URL` of the daemon. */
  readonly url?: string;
  /** More arguments, after `--config FILE`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the temporary folder that holds the configuration. */
  readonly cwd?: string;
  /** A shell line that starts the daemon: `ulimit -n 64; exec "$@"`. */
  readonly shell?: string;
}

/** Registers a teardown, as a `TestContext` does; programs have their own. */
export interface Teardown {
  after(undo: () => Promise<void>): void;
}

/** Matches a log line: by `msg`, after the first `from` lines; or by any predicate. */
export type LineMatch = { readonly msg: RegExp; readonly from?: number } | ((line: JsonRecord) => boolean);

export interface DaemonExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const DAEMON = fileURLToPath(new URL('../../../bin/amqp-dispatcher.js', import.meta.url));

/** Starts the built daemon in its own temporary folder; ends and removes both after the test. */
export async function startDaemon(t: Teardown, options: DaemonOptions): Promise<Daemon> {
  const folder = await makeDaemonFolder(options);
  const { command, cwd, env } = launchOf(options, folder);
  const [program = '', ...args] =
    options.shell === undefined ? command : ['/bin/sh', '-c', options.shell, 'sh', ...command];
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const daemon = new Daemon(child, folder);
  t.after(async () => {
    await daemon.kill();
    await rm(folder.path, { recursive: true, force: true });
  });
  return daemon;
}

/** Command, folder and environment of the daemon. */
export function launchOf(
  { url, args = [], env, cwd }: DaemonOptions,
  folder: DaemonFolder,
): { command: string[]; cwd: string; env: NodeJS.ProcessEnv } {
  return {
    command: [process.execPath, DAEMON, ...configArguments(folder), ...args],
    cwd: cwd ?? folder.path,
    env: {
      ...environmentForChild(),
      TEST_RECORD: folder.recordFile,
      ...(url === undefined ? {} : { RABBITMQ_URL: url }),
      ...env,
    },
  };
}

function configArguments({ configFile }: DaemonFolder): string[] {
  return configFile === undefined ? [] : ['--config', configFile];
}

/** A running daemon, seen from outside: its log, its exit, and the records of its consumers. */
export class Daemon {
  readonly folder: string;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #recordFile: string;
  readonly #lines: JsonRecord[] = [];
  #stdout = '';
  /** Length of the parsed output; parsing a long log again at each look would take too long. */
  #parsed = 0;
  #stderr = '';
  #exit: DaemonExit | undefined;

  constructor(child: ChildProcessByStdio<null, Readable, Readable>, folder: DaemonFolder) {
    this.#child = child;
    this.folder = folder.path;
    this.#recordFile = folder.recordFile;
    const release = child.pid === undefined ? () => {} : guardOrphan({ pid: child.pid, folder: folder.path });
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    child.on('error', (error) => (this.#stderr += String(error)));
    // 'close', not 'exit', because then the output is complete.
    child.on('close', (code, signal) => {
      this.#exit = { code, signal };
      release();
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get hasExited(): boolean {
    return this.#exit !== undefined;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The JSON lines of the log so far. */
  get lines(): JsonRecord[] {
    const end = this.#stdout.lastIndexOf('\n') + 1;
    // One by one, because a long log has more lines than a call can have arguments.
    if (end > this.#parsed)
      for (const line of parseRecordLines(this.#stdout.slice(this.#parsed, end))) this.#lines.push(line);
    this.#parsed = Math.max(this.#parsed, end);
    return [...this.#lines];
  }

  /** The records of the fixtures' consumers so far. */
  records(): JsonRecord[] {
    try {
      return parseRecordLines(readFileSync(this.#recordFile, 'utf8'));
    } catch {
      return []; // nothing recorded yet
    }
  }

  /** Resolves with the first matching log line, past or future. Fails at once when the daemon has exited without it. */
  async waitForLine(match: LineMatch, timeoutMs = 20_000): Promise<JsonRecord> {
    const what = `a log line like ${typeof match === 'function' ? match.toString() : match.msg}`;
    return this.#await(what, timeoutMs, () => findLine(this.lines, match));
  }

  /** Resolves with the records once they satisfy `condition`. Fails at once when the daemon has exited before. */
  async waitForRecords(condition: (records: JsonRecord[]) => boolean, timeoutMs = 20_000): Promise<JsonRecord[]> {
    return this.#await(`records like ${condition.toString()}`, timeoutMs, () => {
      const records = this.records();
      return condition(records) ? records : undefined;
    });
  }

  /** Waits for the log line `ready`. */
  async ready(timeoutMs = 20_000): Promise<JsonRecord> {
    return this.waitForLine({ msg: /^ready\b/ }, timeoutMs);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Waits until the daemon exits. */
  async exit(timeoutMs = 20_000): Promise<DaemonExit> {
    const what = () => `the daemon to exit${this.#report()}`;
    return waitFor(() => this.#exit, { timeoutMs, what });
  }

  /** Sends SIGTERM and waits until the daemon exits. */
  async stop(timeoutMs = 30_000): Promise<DaemonExit> {
    this.signal('SIGTERM');
    return this.exit(timeoutMs);
  }

  /** Sends SIGKILL if the daemon still runs. */
  async kill(): Promise<void> {
    if (this.#exit === undefined) this.signal('SIGKILL');
    await this.exit();
  }

  async #await<T>(what: string, timeoutMs: number, look: () => T | undefined): Promise<NonNullable<Exclude<T, false>>> {
    return waitFor(
      () => {
        // Read before the look, so that the look sees everything written before the exit.
        const exit = this.#exit;
        const found = look();
        if (found === undefined && exit !== undefined)
          throw new Error(`the daemon exited (${exit.signal ?? exit.code}) before there was ${what}${this.#report()}`);
        return found;
      },
      { timeoutMs, what: () => what + this.#report() },
    );
  }

  #report(): string {
    const last = this.#stdout.split('\n').slice(-25).join('\n');
    return `\nits last log lines:\n${last}\nits standard error:\n${this.#stderr.slice(-2_000)}`;
  }
}

function findLine(lines: readonly JsonRecord[], match: LineMatch): JsonRecord | undefined {
  if (typeof match === 'function') return lines.find(match);
  return lines.slice(match.from ?? 0).find(({ msg }) => typeof msg === 'string' && match.msg.test(msg));
}
