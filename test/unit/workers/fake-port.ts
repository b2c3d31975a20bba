import type { MessagePort } from 'node:worker_threads';
import {
  type Batch,
  type Command,
  type FromWorker,
  type PackedPublish,
  unpackPublishes,
} from '../../../src/bridge/index.js';

/** A message port that keeps a clone of each posted message. */
export class FakePort {
  readonly posted: FromWorker[] = [];

  postMessage(message: FromWorker, transfer: ArrayBuffer[] = []): void {
    this.posted.push(structuredClone(message, { transfer }));
  }

  get batches(): Batch[] {
    return this.posted.filter((message) => message.type === 'batch');
  }

  /** Every report of every batch, three numbers each. */
  get reports(): number[] {
    return this.batches.flatMap(({ reports }) => reports);
  }

  get commands(): Command[] {
    return this.batches.flatMap(({ commands }) => commands);
  }

  get publishes(): PackedPublish[] {
    return this.batches.flatMap(({ publishes }) => (publishes === undefined ? [] : (unpackPublishes(publishes) ?? [])));
  }
}

/** The part of a port that an outbox uses. */
export function isPort(fake: object): fake is MessagePort {
  return 'postMessage' in fake;
}
