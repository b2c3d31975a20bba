import { type ConsumeMessage, connect } from 'amqplib';
import { MessageCounter } from '../probes/message-counter.js';
import { readWorkPlan } from '../workloads/work-plan.js';

/** One message in so many fails. */
const every = Number(process.argv[2]);
/** Acks a failed message before its copy is confirmed. */
const hastily = process.argv[3] === 'true';
const DELAY_MS = 1_000;
const EXPIRES_MS = 120_000;

const plan = readWorkPlan();
const connection = await connect(plan.url, { noDelay: true });
const channel = await connection.createChannel();
await channel.prefetch(plan.prefetch);
// A connection of its own, as in the daemon: a broker that blocks publishers must not hold back acks.
const publishing = await connect(plan.url, { noDelay: true });
const confirmed = await publishing.createConfirmChannel();
const delayQueue = `${plan.queue}.by-hand.${DELAY_MS}`;
await confirmed.assertQueue(delayQueue, {
  durable: true,
  messageTtl: DELAY_MS,
  expires: EXPIRES_MS,
  deadLetterExchange: '',
  deadLetterRoutingKey: plan.queue,
});

const counter = new MessageCounter(plan);
/** By tag, in delivery order. */
const open = new Map<number, ConsumeMessage>();
let done: ConsumeMessage[] = [];
let deliveries = 0;

/** Joins the acks of one turn of the event loop, up to the first message that waits for its confirm. */
function ackDone(): void {
  const [lowestOpen = Number.POSITIVE_INFINITY] = open.keys();
  const below = done.filter(({ fields }) => fields.deliveryTag < lowestOpen);
  const last = below.at(-1);
  if (last !== undefined) channel.ack(last, true);
  for (const message of done) if (message.fields.deliveryTag > lowestOpen) channel.ack(message);
  done = [];
}

function ack(message: ConsumeMessage): void {
  if (done.length === 0) setImmediate(ackDone);
  done.push(message);
  open.delete(message.fields.deliveryTag);
}

/** Leaves the original unacked until its copy is confirmed, unless hasty. */
function tryLater(message: ConsumeMessage): void {
  confirmed.sendToQueue(delayQueue, message.content, { ...message.properties, persistent: false }, (error: unknown) => {
    if (!hastily && (error === null || error === undefined)) ack(message);
  });
  if (hastily) ack(message);
}

await channel.consume(plan.queue, (message) => {
  if (message === null) return;
  open.set(message.fields.deliveryTag, message);
  if (++deliveries % every === 0) return tryLater(message);
  counter.count();
  ack(message);
});
process.once('SIGTERM', () => {
  void connection.close();
  void publishing.close();
});
