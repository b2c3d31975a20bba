import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { guardOrphan } from '../test/support/processes/orphan-guard.js';
import { waitFor } from '../test/support/wait.js';
import { DaemonLog } from './daemon-log.js';

const DAEMON = fileURLToPath(new URL('../bin/amqp-dispatcher.js', import.meta.url));
const TERMINAL_LINES = fileURLToPath(new URL('./terminal-lines.js', import.meta.url));

export interface ShopDaemonOptions {
  readonly url: string;
  readonly configFile: string;
  readonly threads: number;
  /** The AMQP heartbeat that the daemon requests. */
  readonly heartbeatSeconds: number;
}

/** Runs the daemon as a child process, which also logs everything to a file for the summary. */
export class ShopDaemon {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #exited: Promise<number | null>;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    const release = child.pid === undefined ? () => {} : guardOrphan({ pid: child.pid, folder });
    this.#exited = new Promise<number | null>((resolve) => {
      child.once('error', () => resolve(null));
      child.once('close', (code) => resolve(code));
    }).finally(release);
  }

  static async start({ url, configFile, threads, heartbeatSeconds }: ShopDaemonOptions): Promise<ShopDaemon> {
    const folder = await mkdtemp(join(tmpdir(), 'example-'));
    const logging = join(folder, 'logging.json');
    await writeFile(logging, JSON.stringify(loggingOptions(join(folder, LOG_FILE))));
    const args = [DAEMON, '--config', configFile, '--threads', String(threads)];
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        RABBITMQ_URL: url,
        RABBITMQ_HEARTBEAT: String(heartbeatSeconds),
        LOGGING_FILE_CONFIG: logging,
      },
      // In its own process group: Ctrl-C reaches only us, and we stop the daemon gracefully.
      detached: true,
    });
    return new ShopDaemon(child, folder);
  }

  /** Resolves with the exit code, or null if a signal ended it. */
  get exited(): Promise<number | null> {
    return this.#exited;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async log(): Promise<DaemonLog> {
    return DaemonLog.read(join(this.#folder, LOG_FILE));
  }

  /** Resolves when the daemon is ready or has ended, or the signal aborts. */
  async ready(signal: AbortSignal): Promise<void> {
    const settled = async (): Promise<boolean> => signal.aborted || !this.running || (await this.log()).isReady;
    await waitFor(settled, { what: 'the daemon to be ready', timeoutMs: 60_000, everyMs: 50 });
  }

  signal(name: NodeJS.Signals): void {
    if (this.running) this.#child.kill(name);
  }

  /** Stops it gracefully; `impatience` signals again, which makes the daemon stop at once. */
  async stop(impatience: AbortSignal): Promise<number | null> {
    this.signal('SIGTERM');
    impatience.addEventListener('abort', () => this.signal('SIGTERM'));
    return this.#exited;
  }

  /** Kills it if it still runs, and removes its folder. */
  async discard(): Promise<void> {
    this.signal('SIGKILL');
    await this.#exited;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const LOG_FILE = 'daemon.jsonl';

/** The logging file: readable lines on stdout, and everything as JSON in a file. */
function loggingOptions(file: string): object {
  const terminal = {
    colorize: process.stdout.isTTY,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname,name',
    hideObject: true,
  };
  return {
    level: 'debug',
    transport: {
      targets: [
        { target: TERMINAL_LINES, level: 'info', options: terminal },
        { target: 'pino/file', level: 'debug', options: { destination: file } },
      ],
    },
  };
}
