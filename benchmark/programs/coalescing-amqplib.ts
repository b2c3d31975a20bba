import { type ConsumeMessage, connect } from 'amqplib';
import { MessageCounter } from '../probes/message-counter.js';
import { readWorkPlan } from '../workloads/work-plan.js';

/** Deliveries that one ack answers. */
const ACK_EVERY = 50;
/** The rest is acked after a pause this long. */
const PAUSE_MS = 10;

const plan = readWorkPlan();
const connection = await connect(plan.url, { noDelay: true });
const channel = await connection.createChannel();
await channel.prefetch(plan.prefetch);
const counter = new MessageCounter(plan);
let unanswered = 0;
let newest: ConsumeMessage | undefined;
let newestAtLastLook: ConsumeMessage | undefined;

// Not ackAll(): it would also ack deliveries that are still on their way.
function ackAllSoFar(last: ConsumeMessage): void {
  channel.ack(last, true);
  unanswered = 0;
}

await channel.consume(plan.queue, (message) => {
  if (message === null) return;
  counter.count();
  newest = message;
  if (++unanswered >= ACK_EVERY) ackAllSoFar(message);
});
const timer = setInterval(() => {
  if (unanswered > 0 && newest !== undefined && newest === newestAtLastLook) ackAllSoFar(newest);
  newestAtLastLook = newest;
}, PAUSE_MS);
process.once('SIGTERM', () => {
  clearInterval(timer);
  void connection.close();
});
