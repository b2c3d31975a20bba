import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { waitFor } from '../wait.js';
import type { BrokerAddress } from './broker-address.js';
import { type BrokerBehaviour, behaves } from './broker-behaviour.js';
import { type BrokerConnection, CONNECTION_COLUMNS, parseConnections } from './broker-connection.js';
import { ManagementApi } from './management-api.js';

const run = promisify(execFile);

/** Controls a running broker from any process that has its address. */
export class BrokerControl {
  readonly address: BrokerAddress;
  readonly management: ManagementApi;
  #version: Promise<string> | undefined;

  constructor(address: BrokerAddress) {
    this.address = address;
    this.management = new ManagementApi(address.managementPort);
  }

  get host(): string {
    return this.address.host;
  }

  get port(): number {
    return this.address.port;
  }

  /** The AMQP URL of a virtual host, `/` by default, for the user guest. */
  url(vhost = '/'): string {
    return `amqp://guest:guest@${this.host}:${this.port}/${encodeURIComponent(vhost)}`;
  }

  /** True if the broker's version behaves as named; tests depend on versions only through this. */
  async behaves(behaviour: BrokerBehaviour): Promise<boolean> {
    this.#version ??= this.management.version();
    return behaves(await this.#version, behaviour);
  }

  /** Runs rabbitmqctl (about 0.5 s) and returns its standard output. */
  async ctl(...args: string[]): Promise<string> {
    const { command, env } = this.address.ctl;
    const [program, ...first] = command;
    const { stdout } = await run(program, [...first, '--quiet', ...args], { env, timeout: 60_000 });
    return stdout;
  }

  /** Runs a listing command of rabbitmqctl and returns what it prints as JSON. */
  async ctlJson(...args: string[]): Promise<unknown> {
    return JSON.parse(await this.ctl(...args, '--formatter', 'json'));
  }

  /** Creates a virtual host on which guest may do everything. */
  async createVhost(vhost: string): Promise<void> {
    await this.management.createVhost(vhost);
  }

  async deleteVhost(vhost: string): Promise<void> {
    await this.management.deleteVhost(vhost);
  }

  /** The connections that are open now, of all virtual hosts. */
  async connections(): Promise<BrokerConnection[]> {
    return parseConnections(await this.ctl('list_connections', ...CONNECTION_COLUMNS));
  }

  /** Closes a connection with the AMQP error 320, CONNECTION_FORCED, and the reason. */
  async closeConnection({ pid }: BrokerConnection, reason: string): Promise<void> {
    await this.ctl('close_connection', pid, reason);
  }

  /** Writes declarations to disk: Mnesia writes late, and a crash right after a declaration loses it. */
  async syncDeclarations(): Promise<void> {
    await this.ctl('eval', 'mnesia:sync_log().');
  }

  /** Stops RabbitMQ and leaves its Erlang node up: connections are closed, new ones are refused. Takes about 6 s. */
  async stopApp(): Promise<void> {
    await this.ctl('stop_app');
  }

  /** Starts RabbitMQ again after `stopApp`; resolves once it takes clients. */
  async startApp(): Promise<void> {
    await this.ctl('start_app');
    await waitFor(() => this.management.answers(), { what: 'the management plugin to answer after start_app' });
  }
}
