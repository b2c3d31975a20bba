import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Teardown } from '../../support/daemon/daemon.js';
import { Terminal } from '../../support/daemon/terminal.js';
import { environmentForChild } from '../../support/processes/child-environment.js';
import { Normalization } from './normalization.js';

export interface SessionOptions {
  /** The empty folder of the project. */
  readonly folder: string;
  /** `RABBITMQ_URL` of everything that runs. */
  readonly url: string;
}

/** A user's session in a folder, written down as a Markdown page. */
export class Session {
  readonly #t: Teardown;
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #normalization: Normalization;
  readonly #page: string[] = [];

  constructor(t: Teardown, { folder, url }: SessionOptions) {
    this.#t = t;
    this.#folder = folder;
    this.#env = {
      ...environmentForChild(),
      RABBITMQ_URL: url,
      // A dumb terminal would get no line editing, and the user may have any shell.
      TERM: 'xterm',
      SHELL: '/bin/sh',
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_ignore_scripts: 'true',
      npm_config_prefer_offline: 'true',
      npm_config_update_notifier: 'false',
    };
    this.#normalization = new Normalization(folder);
  }

  /** The page so far. */
  get page(): string {
    return `${this.#page.join('\n\n')}\n`;
  }

  /** Adds prose in Markdown. */
  say(...paragraphs: string[]): void {
    this.#page.push(...paragraphs);
  }

  /** Writes a file of the project, and shows it. */
  async write(name: string, text: string): Promise<void> {
    await writeFile(join(this.#folder, name), text);
    await this.reveal(name);
  }

  /** Shows a file of the project. */
  async reveal(name: string): Promise<void> {
    const text = await readFile(join(this.#folder, name), 'utf8');
    this.#show(`${name.endsWith('.yml') ? 'yaml' : 'js'} file=${name}`, text);
  }

  /** Replaces a text in a file of the project, without a word. @throws if it is not there */
  async edit(name: string, from: string, to: string): Promise<void> {
    const path = join(this.#folder, name);
    const text = await readFile(path, 'utf8');
    if (!text.includes(from)) throw new Error(`${name} does not contain ${JSON.stringify(from)}`);
    await writeFile(path, text.replace(from, to));
  }

  /** Runs commands at a terminal until they end; shows them, and the lines of their output that `keep` wants. */
  async run(
    commands: string,
    { cwd, keep = () => true }: { cwd?: string; keep?: (line: string) => boolean } = {},
  ): Promise<void> {
    this.#show('sh', commands);
    const terminal = this.#open(commands.trim().split('\n').join('; '), cwd);
    await terminal.exit();
    const lines = this.#normalization.apply(terminal.screen).split('\n');
    const kept = lines.filter(keep).join('\n');
    if (kept !== '') this.#show('text output=transcript', kept);
  }

  /** Starts a program that stays at its terminal, and shows the command. */
  start(command: string): Running {
    this.#show('sh', command);
    const terminal = this.#open(command);
    let seen = 0;
    return {
      shows: async (text) => {
        await terminal.shows(text);
        const screen = terminal.screen.slice(seen);
        seen += screen.length;
        this.#show('text output=transcript', this.#normalization.apply(screen));
      },
      press: async (keys) => {
        terminal.type(keys);
        await terminal.exit();
        this.#show('text output=transcript', this.#normalization.apply(terminal.screen.slice(seen)));
      },
    };
  }

  #show(info: string, text: string): void {
    this.#page.push(`\`\`\`${info}\n${text.trimEnd()}\n\`\`\``);
  }

  #open(command: string, cwd = this.#folder): Terminal {
    const line = `stty cols 100 rows 40; ${command}`;
    const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
      cwd,
      env: this.#env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const terminal = new Terminal(child, this.#folder);
    this.#t.after(() => terminal.close());
    return terminal;
  }
}

/** A program at its terminal. */
export interface Running {
  /** Waits for a text, and shows everything since the last time. */
  readonly shows: (text: RegExp) => Promise<void>;
  /** Presses keys, waits for the program's end, and shows the rest. */
  readonly press: (keys: string) => Promise<void>;
}
