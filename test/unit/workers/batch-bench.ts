import assert from 'node:assert/strict';
import {
  type Claimable,
  type ClaimId,
  ClaimTable,
  type Command,
  DeliveryHeads,
  DeliveryReader,
  WorkerClaims,
} from '../../../src/bridge/index.js';
import type { Message } from '../../../src/consumer-api/index.js';
import { type Batched, DeliveryBatchAmqp } from '../../../workers/answer/delivery-batch-amqp.js';
import { Outbox } from '../../../workers/answer/outbox.js';
import { PublishRequests } from '../../../workers/publish/publish-requests.js';
import { endOfTurn } from '../../support/end-of-turn.js';
import { FakePort, isPort } from './fake-port.js';

/** The `amqp` of a begun batch with everything around it, except a thread and a broker. */
export class BatchBench {
  readonly port = new FakePort();
  readonly main = new ClaimTable<Claimable>(16);
  readonly warnings: string[] = [];
  readonly amqp: DeliveryBatchAmqp;
  readonly messages: readonly Message[];
  readonly claimIds: readonly ClaimId[];
  private readonly requests: PublishRequests;

  constructor(size = 3) {
    const { port } = this;
    assert.ok(isPort(port));
    const outbox = new Outbox(port);
    this.requests = new PublishRequests(outbox, 1);
    const claims = new WorkerClaims(this.main.memory);
    const batched = Array.from({ length: size }, (): Batched => {
      const claimId = this.main.offer({ claim: undefined });
      claims.begin(claimId);
      return { claimId, message: someMessage(), warn: (error) => this.note(error) };
    });
    const [first, ...others] = batched;
    assert.ok(first !== undefined);
    const reader = new DeliveryReader(new DeliveryHeads(16).memory);
    const bridge = { claims, reader, outbox, requests: this.requests };
    this.amqp = new DeliveryBatchAmqp([first, ...others], bridge, (error) => this.note(error));
    this.messages = batched.map(({ message }) => message);
    this.claimIds = batched.map(({ claimId }) => claimId);
  }

  /** A message of the batch, counted from 0. */
  message(number: number): Message {
    const message = this.messages[number];
    assert.ok(message !== undefined, `there is no message ${number}`);
    return message;
  }

  /** The report codes sent to the main thread, as `message:code`. */
  async codes(): Promise<string[]> {
    await endOfTurn();
    const { reports } = this.port;
    return reports.flatMap((cell, at) => (at % 3 === 0 ? [`${this.numberOf(cell)}:${reports[at + 2]}`] : []));
  }

  async commands(): Promise<Command[]> {
    await endOfTurn();
    return this.port.commands;
  }

  /** The number of the message in a cell. */
  numberOf(cell: number | undefined): number {
    return this.claimIds.findIndex((claimId) => claimId.cell === cell);
  }

  confirm(requestId: number): void {
    this.requests.confirm(requestId);
  }

  refuse(requestId: number): void {
    this.requests.refuse({ requestId, error: { name: 'DeliveryError', code: 'PUBLISH_REFUSED', message: 'refused' } });
  }

  private note(error: Error): void {
    this.warnings.push('code' in error ? String(error.code) : error.message);
  }
}

export function someMessage(): Message {
  return {
    body: Buffer.alloc(0),
    text: () => '',
    json: () => JSON.parse('{}'),
    headers: {},
    properties: {},
    deliveryInfo: { consumerTag: 'c', deliveryTag: 1, redelivered: false, exchange: '', routingKey: 'q' },
    attempt: 1,
  };
}
