import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import { guardOrphan } from '../processes/orphan-guard.js';
import { waitFor } from '../wait.js';
import { type DaemonExit, type DaemonOptions, launchOf, type Teardown } from './daemon.js';
import { makeDaemonFolder } from './daemon-folder.js';

const run = promisify(execFile);

export interface TerminalOptions extends Omit<DaemonOptions, 'shell'> {
  /** A shell command to run at the terminal after the program, whose exit code stays: `stty -a`. */
  readonly afterwards?: string;
}

/** Starts the built program at a pseudo-terminal, which `script` of util-linux creates; ends it after the test. */
export async function startAtTerminal(t: Teardown, options: TerminalOptions): Promise<Terminal> {
  const folder = await makeDaemonFolder(options);
  const { command, cwd, env } = launchOf(options, folder);
  const program = command.map(quoted).join(' ');
  const line =
    options.afterwards === undefined ? `exec ${program}` : `${program}; code=$?; ${options.afterwards}; exit $code`;
  const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
    cwd,
    // A dumb terminal would get no line editing, and the user may have any shell.
    env: { ...env, TERM: 'xterm', SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const terminal = new Terminal(child, folder.path);
  t.after(async () => {
    await terminal.close();
    await rm(folder.path, { recursive: true, force: true });
  });
  return terminal;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** A terminal with one program: its screen is stdout and stderr, its keys are stdin. */
export class Terminal {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  #screen = '';
  #exit: DaemonExit | undefined;

  constructor(child: ChildProcessByStdio<Writable, Readable, Readable>, folder: string) {
    this.#child = child;
    const release = child.pid === undefined ? () => {} : guardOrphan({ pid: child.pid, folder });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.#screen += text));
    }
    child.stdin.on('error', () => {}); // typed after the end
    child.on('error', (error) => (this.#screen += String(error)));
    child.on('close', (code, signal) => {
      this.#exit = { code, signal };
      release();
    });
  }

  /** The whole output, control sequences included; each line ends in `\r\n`. */
  get screen(): string {
    return this.#screen;
  }

  /** Waits until a text is on the screen. Fails at once when the program has ended without it. */
  async shows(text: RegExp): Promise<void> {
    const look = (): boolean => {
      const exit = this.#exit;
      const isShown = text.test(this.#screen);
      if (!isShown && exit !== undefined)
        throw new Error(`ended (${exit.code}) before it showed ${text}:\n${this.#screen}`);
      return isShown;
    };
    await waitFor(look, { what: () => `${text} on the screen, which shows\n${this.#screen}` });
  }

  /** Keys as a terminal sends them: Enter is `\r`, Ctrl-C is `\x03`. */
  type(keys: string): void {
    this.#child.stdin.write(keys);
  }

  /** Sends a signal to the program, not to its terminal. */
  async signal(name: NodeJS.Signals): Promise<void> {
    process.kill(await this.#program(), name);
  }

  /** Changes the size of the terminal; the kernel tells the program. */
  async resize({ columns, rows }: { readonly columns: number; readonly rows: number }): Promise<void> {
    const device = `/proc/${await this.#program()}/fd/0`;
    await run('stty', ['--file', device, 'cols', String(columns), 'rows', String(rows)]);
  }

  /** The last of the chain of children: `script`, perhaps a shell, the program. */
  async #program(): Promise<number> {
    for (let pid = this.#child.pid ?? 0; ; ) {
      const child = Number((await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ')[0]);
      if (child === 0) return pid;
      pid = child;
    }
  }

  /** Waits until the program exits. */
  async exit(): Promise<DaemonExit> {
    return waitFor(() => this.#exit, { timeoutMs: 60_000, what: () => `the end; the screen shows\n${this.#screen}` });
  }

  /** Ends the program if it still runs. */
  async close(): Promise<void> {
    if (this.#exit === undefined) this.#child.kill('SIGKILL');
    await this.exit();
  }
}
