import { type ConsumeMessage, connect } from 'amqplib';
import { Stopwatch } from '../probes/message-counter.js';
import { readWorkPlan } from '../workloads/work-plan.js';

/** Deliveries that one ack answers together. */
const ACK_EVERY = 50;
/** What is left is acked once nothing more has come for so long. */
const PAUSE_MS = 10;

const plan = readWorkPlan();
const connection = await connect(plan.url, { noDelay: true });
const channel = await connection.createChannel();
await channel.prefetch(plan.prefetch);
const stopwatch = new Stopwatch(plan);
let unanswered = 0;
let newest: ConsumeMessage | undefined;
let newestAtLastLook: ConsumeMessage | undefined;

// Not ackAll(): that answers what the broker has sent and we have not seen yet, too.
function ackAllSoFar(last: ConsumeMessage): void {
  channel.ack(last, true);
  unanswered = 0;
}

await channel.consume(plan.queue, (message) => {
  if (message === null) return;
  stopwatch.lap();
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
