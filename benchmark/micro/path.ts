import { pino } from 'pino';
import { MessageMemory, ReceivedMessage } from '../../src/amqp/index.js';
import {
  ANSWER,
  DELIVERY_SIZE,
  DeliveryReader,
  FINISHED,
  type ToWorker,
  WorkerClaims,
} from '../../src/bridge/index.js';
import type { Epoch } from '../../src/broker/index.js';
import { type Delivery, Slot, WINDOW } from '../../src/dispatch/delivery.js';
import { DeliveryFeed } from '../../src/dispatch/delivery-events.js';
import { DeliveryFlow } from '../../src/dispatch/delivery-flow.js';
import { WorkerSession } from '../../src/threads/session/worker-session.js';
import type { Measured } from './clock.js';
import { SPEC } from './slot-spec.js';

/**
 * The path of a delivery from the channel to its answer, with both ends of the port on this thread: everything except waking
 * another thread, the consumer and the broker.
 */

const BODY_BYTES = 200;

export function pathBenchmarks(): Measured[] {
  return [1, 16, 64].map((messages) => pathOf(messages));
}

function pathOf(messages: number): Measured {
  const slot = new Slot(SPEC, 0);
  const epoch: Epoch = { settle: () => true, forgo: () => undefined, oldestOpen: undefined };
  const session = new WorkerSession<Delivery>({
    thread: 0,
    slots: [SPEC],
    window: WINDOW,
    logger: pino({ level: 'silent' }),
    events: {
      publish: (_delivery, _message, done) => done(),
      slotDown: () => undefined,
      slotUp: () => undefined,
      slotAwake: () => undefined,
      log: () => undefined,
      metrics: () => undefined,
      metricsGone: () => undefined,
    },
  });
  slot.link = session.link;
  let open = 0;
  let whenAnswered: (() => void) | undefined;
  const feed = new DeliveryFeed();
  feed.answered.on(() => {
    open--;
    if (open === 0) whenAnswered?.();
  });
  const flow = new DeliveryFlow({
    slots: [slot],
    feed,
    nowMs: () => performance.now(),
    random: Math.random,
  });
  const claims = new WorkerClaims(session.link.claims.memory);
  const port = session.workerPort;
  const reader = new DeliveryReader(session.link.heads.memory);
  port.on('message', (message: ToWorker) => {
    if (message.type === 'segment') return reader.learn(message.segment);
    if (message.type !== 'deliver') return;
    const { deliveries } = message;
    const reports: number[] = [];
    for (let at = 0; at < deliveries.length; at += DELIVERY_SIZE) {
      const claimId = { cell: deliveries[at + 1] ?? 0, generation: deliveries[at + 2] ?? 0 };
      claims.begin(claimId);
      reader.read(claimId.cell);
      claims.answer(claimId);
      reports.push(claimId.cell, claimId.generation, ANSWER.ack | FINISHED);
    }
    port.postMessage({ type: 'batch', reports, commands: [] });
  });
  port.unref();
  const memory = new MessageMemory();
  const body = Buffer.alloc(BODY_BYTES, 'x');
  const fields = {
    deliveryTag: 1,
    redelivered: false,
    route: Buffer.from('\0\x04jobs'),
    properties: Buffer.of(0x10, 0, 2),
    bodyLength: body.length,
  };
  return {
    name: `path: ${messages} ${messages === 1 ? 'delivery' : 'deliveries'} at a time`,
    messages,
    run: async () => {
      open = messages;
      const answered = new Promise<void>((resolve) => {
        whenAnswered = resolve;
      });
      for (let left = messages; left > 0; left--) {
        const message = ReceivedMessage.inOwnSegment(memory, fields);
        message.writeBody(body, 0);
        flow.receive(message, epoch);
      }
      await answered;
    },
  };
}
