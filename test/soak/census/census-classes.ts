import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { MessagePort, Worker } from 'node:worker_threads';
import { MessageMemory, ReceivedMessage, Segment } from '../../../src/amqp/index.js';
import { Wire } from '../../../src/amqp/wire/index.js';
import { MessageAssembler } from '../../../src/amqp/wire/message-assembler.js';
import { WireChannels } from '../../../src/amqp/wire/wire-channels.js';
import { ClaimTable, Vitals } from '../../../src/bridge/index.js';
import { BrokerConnection } from '../../../src/broker/connection/broker-connection.js';
import { Acknowledger } from '../../../src/broker/consume/acks/acknowledger.js';
import { OpenTags } from '../../../src/broker/consume/acks/open-tags.js';
import { StallWatch } from '../../../src/broker/consume/stall-watch.js';
import { Subscription } from '../../../src/broker/consume/subscription.js';
import { PublishChannel } from '../../../src/broker/publish/publish-channel.js';
import { Publisher } from '../../../src/broker/publish/publisher.js';
import { ArrivalOrder } from '../../../src/dispatch/backlog/arrival-order.js';
import { Delivery, Slot } from '../../../src/dispatch/delivery.js';
import { DeliveryFlow } from '../../../src/dispatch/delivery-flow.js';
import { PendingOutcomes } from '../../../src/dispatch/failures/pending-outcomes.js';
import { SlotAssigner } from '../../../src/dispatch/slots/slot-assigner.js';
import { SlotRescue } from '../../../src/dispatch/slots/slot-rescue.js';
import { PublishRelay } from '../../../src/threads/session/publish-relay.js';
import { ThreadLink } from '../../../src/threads/session/thread-link.js';
import { WorkerSession } from '../../../src/threads/session/worker-session.js';
import { Complaints } from '../../../src/threads/supervision/complaints.js';
import { WorkerThread } from '../../../src/threads/supervision/worker-thread.js';
import { ThreadPool } from '../../../src/threads/thread-pool.js';
import { BackOff } from '../../../src/timing/index.js';

/** A class whose living objects are counted; for our own also the entries of their collections. */
export interface CountedClass {
  readonly name: string;
  readonly isOurs: boolean;
}

type Class = { readonly name: string; readonly prototype: object };

const OURS: readonly Class[] = [
  Acknowledger,
  ArrivalOrder,
  BackOff,
  BrokerConnection,
  ClaimTable,
  Complaints,
  Delivery,
  DeliveryFlow,
  MessageAssembler,
  MessageMemory,
  OpenTags,
  PendingOutcomes,
  PublishChannel,
  Publisher,
  PublishRelay,
  ReceivedMessage,
  SlotRescue,
  Segment,
  Slot,
  SlotAssigner,
  StallWatch,
  Subscription,
  ThreadLink,
  ThreadPool,
  Vitals,
  Wire,
  WireChannels,
  WorkerSession,
  WorkerThread,
];

const THEIRS: readonly Class[] = [
  ...amqplibClasses(),
  AbortSignal,
  Function,
  MessagePort,
  Promise,
  Socket,
  Worker,
  { name: 'Timeout', prototype: timeoutPrototype() },
  { name: 'Immediate', prototype: immediatePrototype() },
];

/** The counted classes by prototype. */
export const CLASSES: ReadonlyMap<object, CountedClass> = new Map<object, CountedClass>([
  ...OURS.map(({ name, prototype }) => [prototype, { name, isOurs: true }] as const),
  ...THEIRS.map(({ name, prototype }) => [prototype, { name, isOurs: false }] as const),
]);

/** Classes that amqplib does not export: connections, channels, and the models that wrap them. */
function amqplibClasses(): Class[] {
  const load = createRequire(import.meta.url);
  const folder = join(dirname(load.resolve('amqplib')), 'lib');
  const classes = [
    ['connection.js', 'Connection'],
    ['channel_model.js', 'ChannelModel'],
    ['channel.js', 'Channel'],
    ['heartbeat.js', 'Heart'],
    ['mux.js', 'Mux'],
  ] as const;
  return classes.map(([file, name]) => {
    const exported: Record<string, unknown> = load(join(folder, file));
    const found = exported[name];
    if (typeof found !== 'function' || !isObject(found.prototype)) throw new Error(`amqplib has no class ${name}`);
    return { name: `amqplib ${name}`, prototype: found.prototype };
  });
}

function timeoutPrototype(): object {
  const timer = setTimeout(() => {}, 0);
  clearTimeout(timer);
  return prototypeOf(timer);
}

function immediatePrototype(): object {
  const immediate = setImmediate(() => {});
  clearImmediate(immediate);
  return prototypeOf(immediate);
}

function prototypeOf(value: object): object {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!isObject(prototype)) throw new Error('an object without a prototype');
  return prototype;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
