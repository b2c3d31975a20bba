import { type ConfirmChannel, type ConsumeMessage, connect } from 'amqplib';
import { Stopwatch } from '../probes/message-counter.js';
import { hash } from '../workloads/hashing.js';
import { readWorkPlan, type Work, type WorkPlan } from '../workloads/work-plan.js';

type Handler = (message: ConsumeMessage) => void;

const plan = readWorkPlan();
const connection = await connect(plan.url, { noDelay: true });
const channel = await connection.createConfirmChannel();
await channel.prefetch(plan.prefetch);
const handle = handlerFor(plan, channel);
const stopwatch = new Stopwatch(plan);
await channel.consume(plan.queue, (message) => {
  if (message === null) return;
  stopwatch.lap();
  handle(message);
});
process.once('SIGTERM', () => void connection.close());

/** What one writes by hand for the same work: nothing limits it but the prefetch. */
function handlerFor({ work, hashRounds, awaitMs, shelf }: WorkPlan, on: ConfirmChannel): Handler {
  const ack: Handler = (message) => on.ack(message);
  const handlers: Readonly<Record<Work, Handler>> = {
    acks: ack,
    returns: ack,
    hashes: (message) => {
      hash(hashRounds);
      ack(message);
    },
    awaits: (message) => void setTimeout(ack, awaitMs, message),
    republishes: (message) => {
      on.sendToQueue(shelf, message.content, { persistent: false }, (error: unknown) => {
        if (error === null || error === undefined) ack(message);
      });
    },
  };
  return handlers[work];
}
