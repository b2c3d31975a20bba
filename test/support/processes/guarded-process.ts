import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import type { CommandLine } from '../installs/rabbitmq-program.js';
import { OrphanGuard } from './orphan-guard.js';

export interface GuardedProcessOptions {
  readonly command: CommandLine;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** File to which stdout and stderr are appended. */
  readonly logFile: string;
}

/** A background program that neither keeps this process alive nor outlives it. */
export class GuardedProcess {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  private constructor(child: ChildProcess, pid: number, guard: OrphanGuard) {
    this.#child = child;
    this.pid = pid;
    this.#exited = once(child, 'exit').finally(() => guard.release());
    child.unref();
  }

  /** @throws when the program cannot be started */
  static async start({ command, env, cwd, logFile }: GuardedProcessOptions): Promise<GuardedProcess> {
    const log = openSync(logFile, 'a');
    const [program, ...args] = command;
    const guard = new OrphanGuard(cwd);
    try {
      // Its own process group, so that Ctrl-C reaches only the tests, which then end it gracefully.
      const child = spawn(program, args, { env, cwd, detached: true, stdio: ['ignore', log, log] });
      if (child.pid !== undefined) guard.watch(child.pid);
      await once(child, 'spawn');
      if (child.pid === undefined) throw new Error(`${program} was started without a process id`);
      return new GuardedProcess(child, child.pid, guard);
    } catch (error) {
      guard.release();
      throw error;
    } finally {
      closeSync(log);
    }
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves with the exit code; null after a signal. */
  async exitCode(): Promise<number | null> {
    this.#child.ref();
    if (this.running) await this.#exited;
    return this.#child.exitCode;
  }

  /** Sends the signal and waits until the process has ended; after `patienceMs` (default 20,000) sends SIGKILL. */
  async end(signal: NodeJS.Signals, patienceMs = 20_000): Promise<void> {
    if (!this.running) return;
    this.#child.ref();
    this.#child.kill(signal);
    const impatience = setTimeout(() => this.#child.kill('SIGKILL'), patienceMs);
    await this.#exited;
    clearTimeout(impatience);
  }
}
