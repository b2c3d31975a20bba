import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { requireRabbitmq } from '../installs/rabbitmq-program.js';
import { answersAmqp, answersTcp } from '../network/port-probe.js';
import { GuardedProcess } from '../processes/guarded-process.js';
import { waitFor } from '../wait.js';
import { BrokerControl } from './broker-control.js';
import { type BrokerLayout, type BrokerLayoutOptions, layOutBroker } from './broker-layout.js';

const START_TIMEOUT_MS = 60_000;

/** Starts a private RabbitMQ node with its own folder, ports and epmd, apart from any broker of the machine. */
export async function startPrivateBroker(options: BrokerLayoutOptions = {}): Promise<PrivateBroker> {
  const broker = new PrivateBroker(await layOutBroker(await requireRabbitmq(), options));
  await broker.start();
  return broker;
}

/**
 * A broker that this process owns.
 * States: running –kill, shutdown→ down –start→ running; running, down –stop→ gone.
 * If this process dies first, orphan guards end the node and remove its folder.
 */
export class PrivateBroker extends BrokerControl {
  readonly #layout: BrokerLayout;
  #epmd: GuardedProcess | undefined;
  #node: GuardedProcess | undefined;

  constructor(layout: BrokerLayout) {
    super(layout.address);
    this.#layout = layout;
  }

  /** The folder with all files of this broker. */
  get folder(): string {
    return this.#layout.folder;
  }

  /** The node's name among Erlang nodes. */
  get nodename(): string {
    return this.#layout.nodename;
  }

  get isRunning(): boolean {
    return this.#node?.running === true;
  }

  /** The running processes of this broker. */
  get pids(): number[] {
    return [this.#epmd, this.#node].flatMap((each) => (each?.running === true ? [each.pid] : []));
  }

  /** Starts the node with the data that it has; resolves once it takes AMQP and management clients. */
  async start(): Promise<void> {
    if (this.isRunning) throw new Error('the private broker runs already');
    try {
      await this.startEpmd();
      const { program, folder, env } = this.#layout;
      const node = await GuardedProcess.start({ command: program.server, env, cwd: folder, logFile: this.#output });
      this.#node = node;
      await waitFor(() => this.#isUp(node), { timeoutMs: START_TIMEOUT_MS, everyMs: 50, what: 'RabbitMQ to start' });
    } catch (cause) {
      const log = await this.log();
      await this.stop();
      throw new Error(`the private broker did not start; its log ends in:\n${log.slice(-12_000)}`, { cause });
    }
  }

  /** Starts epmd itself, so that its pid is known: an epmd that the node starts would remain. */
  async startEpmd(): Promise<void> {
    if (!this.#layout.ownsEpmd || this.#epmd?.running === true) return;
    const { program, folder, env, epmdPort } = this.#layout;
    const command = [...program.epmd, '-port', String(epmdPort), '-address', '127.0.0.1'] as const;
    this.#epmd = await GuardedProcess.start({ command, env, cwd: folder, logFile: this.#output });
    await waitFor(() => answersTcp(epmdPort), { what: 'epmd to listen' });
  }

  /** Stops the node gracefully and keeps its data for `start`; takes about 6 s. */
  async shutdown(): Promise<void> {
    await this.#node?.end('SIGTERM');
  }

  /** Ends the node as a crash would, and keeps its data for `start`. */
  async kill(): Promise<void> {
    await this.#node?.end('SIGKILL');
  }

  /** Ends everything by SIGKILL and removes the folder; a graceful stop would take seconds for data that goes anyway. */
  async stop(): Promise<void> {
    await this.kill();
    await this.#epmd?.end('SIGKILL');
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  /** The output and log of the node. */
  async log(): Promise<string> {
    const folder = join(this.folder, 'log');
    const names = await readdir(folder).catch(() => []);
    const files = [this.#output, ...names.map((name) => join(folder, name))];
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
    return texts.join('');
  }

  get #output(): string {
    return join(this.folder, 'output.log');
  }

  async #isUp(node: GuardedProcess): Promise<boolean> {
    if (!node.running) throw new Error('RabbitMQ ended while it started');
    return (await answersAmqp(this.port)) && (await this.management.answers());
  }
}
