import { type ConfirmChannel, type ConsumeMessage, connect } from 'amqplib';
import { MessageCounter } from '../probes/message-counter.js';
import { hash } from '../workloads/hashing.js';
import { readWorkPlan, type Work, type WorkPlan } from '../workloads/work-plan.js';

type Handler = (message: ConsumeMessage) => void;

const plan = readWorkPlan();
const connection = await connect(plan.url, { noDelay: true });
const channel = await connection.createConfirmChannel();
await channel.prefetch(plan.prefetch);
const handle = handlerFor(plan, channel);
const counter = new MessageCounter(plan);
await channel.consume(plan.queue, (message) => {
  if (message === null) return;
  counter.count();
  handle(message);
});
process.once('SIGTERM', () => void connection.close());

/** The same work by hand; only the prefetch limits it. */
function handlerFor({ work, hashRounds, awaitMs, targetQueue }: WorkPlan, on: ConfirmChannel): Handler {
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
      on.sendToQueue(targetQueue, message.content, { persistent: false }, (error: unknown) => {
        if (error === null || error === undefined) ack(message);
      });
    },
  };
  return handlers[work];
}
