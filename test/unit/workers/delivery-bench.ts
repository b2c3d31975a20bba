import assert from 'node:assert/strict';
import {
  type Claimable,
  ClaimTable,
  DeliveryHeads,
  DeliveryReader,
  type PackedPublish,
  WorkerClaims,
} from '../../../src/bridge/index.js';
import { DeliveryAmqp } from '../../../workers/answer/delivery-amqp.js';
import { Outbox } from '../../../workers/answer/outbox.js';
import { PublishRequests } from '../../../workers/publish/publish-requests.js';
import { endOfTurn } from '../../support/end-of-turn.js';
import { FakePort, isPort } from './fake-port.js';

/** The `amqp` of a begun delivery with everything around it, except a thread and a broker. */
export class DeliveryBench {
  readonly port = new FakePort();
  readonly main = new ClaimTable<Claimable>(4);
  readonly warnings: Error[] = [];
  readonly amqp: DeliveryAmqp;
  readonly outbox: Outbox;
  private readonly requests: PublishRequests;

  constructor() {
    const { port } = this;
    assert.ok(isPort(port));
    this.outbox = new Outbox(port);
    this.requests = new PublishRequests(this.outbox, 1);
    const claims = new WorkerClaims(this.main.memory);
    const claimId = this.main.offer({ claim: undefined });
    claims.begin(claimId);
    const reader = new DeliveryReader(new DeliveryHeads(16).memory);
    const bridge = { claims, reader, outbox: this.outbox, requests: this.requests };
    this.amqp = new DeliveryAmqp(claimId, bridge, (error) => this.warnings.push(error));
  }

  /** The report codes sent to the main thread. */
  async codes(): Promise<number[]> {
    await endOfTurn();
    return this.port.reports.filter((_, index) => index % 3 === 2);
  }

  /** The publishes sent to the main thread. */
  async publishes(): Promise<PackedPublish[]> {
    await endOfTurn();
    return this.port.publishes;
  }

  /** The reply to a publish; publishes count from 1. */
  confirm(requestId: number): void {
    this.requests.confirm(requestId);
  }

  refuse(requestId: number): void {
    const error = { name: 'DeliveryError', code: 'PUBLISH_REFUSED', message: 'refused' };
    this.requests.refuse({ requestId, error });
  }
}
