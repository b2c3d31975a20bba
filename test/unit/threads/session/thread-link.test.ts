import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { PublishPacker } from '../../../../src/bridge/index.js';
import { IdleSpin } from '../../../../src/threads/idle-spin.js';
import { ThreadLink } from '../../../../src/threads/session/thread-link.js';
import { Complaints } from '../../../../src/threads/supervision/complaints.js';
import { makeMessage } from '../../dispatch/fake-epoch.js';
import { makeSlot } from '../../dispatch/stepped-worker.js';
import { NamedDelivery } from '../session-bench.js';

const publish = {
  exchange: '',
  routingKey: 'q',
  properties: { persistent: true },
  headers: new Uint8Array(),
  body: Buffer.alloc(0),
  mandatory: false,
};

const nothing = (): void => undefined;

test('a link posts the replies and deliveries of a turn in that order, and spins after deliveries only', () => {
  let spins = 0;
  const posted: string[] = [];
  const { spec } = makeSlot(0, 0);
  const link = new ThreadLink<NamedDelivery>({
    post: ({ type }) => void posted.push(type),
    slots: [spec],
    window: 8,
    events: {
      publish: (_delivery, _message, done) => done(),
      slotDown: nothing,
      slotUp: nothing,
      slotAwake: nothing,
    },
    complaints: new Complaints(pino({ level: 'silent' }), 'the thread'),
    spin: new IdleSpin({ nowMs: () => 0, nextTurn: () => spins++ }),
  });
  const reply = (): void => {
    const packer = new PublishPacker();
    packer.add({ requestId: 1, claimId: { cell: 0, generation: 1 }, publish });
    link.receive({ type: 'batch', reports: [], commands: [], publishes: packer.take() });
  };
  reply();
  link.flush();
  assert.deepEqual([spins, posted], [0, ['replies']]);
  link.offer(0, new NamedDelivery('a', makeMessage(1), []));
  reply();
  assert.equal(spins, 0);
  link.flush();
  assert.deepEqual([spins, posted], [1, ['replies', 'segment', 'replies', 'deliver']]);
});
