import assert from 'node:assert/strict';
import type { BrokerAddress } from '../../../src/broker/connection/broker-address.js';
import type { Connect, ConnectOptions } from '../../../src/broker/connection/connect.js';
import type { ConnectionSettings } from '../../../src/broker/connection/connection-settings.js';
import { endOfTurn } from '../../support/end-of-turn.js';
import { BrokerEnd, QUIET_TURNS } from './broker-end.js';

/** The first wait before the next attempt. */
export const RETRY_MS = 100;
export const STALL_MS = 10_000;
export const CONNECT_TIMEOUT_MS = 5_000;

export const ADDRESS: BrokerAddress = {
  protocol: 'amqp',
  hosts: [{ host: 'broker', port: 5672 }],
  username: 'guest',
  password: 'guest',
  vhost: '/',
  heartbeatSeconds: 0,
};

export const SETTINGS: ConnectionSettings = {
  connectTimeoutMs: CONNECT_TIMEOUT_MS,
  retry: { firstMs: RETRY_MS, longestMs: 30_000 },
  stallTimeoutMs: STALL_MS,
  tls: {},
};

/** The broker's ends of the connections that a client opens one after another. */
export class BrokerEnds {
  /** One for each connection, in order. */
  readonly all: BrokerEnd[] = [];
  /** Each attempt to connect: `name host:port`. */
  readonly attempts: string[] = [];
  /** Called before each attempt; throws where no broker listens. */
  prepare: (end: BrokerEnd, attempt: ConnectOptions) => void = () => undefined;

  readonly connect: Connect = async (attempt) => {
    const { name, host, port } = attempt;
    this.attempts.push(`${name} ${host}:${port}`);
    const end = new BrokerEnd();
    this.prepare(end, attempt);
    this.all.push(end);
    return end.open();
  };

  get newest(): BrokerEnd {
    return this.all.at(-1) ?? assert.fail('there is no connection');
  }

  /** Resolves when all that is on its way has come, on every connection, and nothing more follows by itself. */
  async settle(): Promise<void> {
    for (let turn = 0, seen = this.heard; turn < QUIET_TURNS; turn++) {
      await endOfTurn();
      if (this.heard !== seen) turn = 0;
      seen = this.heard;
    }
  }

  private get heard(): number {
    return this.all.reduce((sum, { asked }) => sum + asked.length, this.attempts.length);
  }
}
