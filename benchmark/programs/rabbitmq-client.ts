import { Connection } from 'rabbitmq-client';
import { MessageCounter } from '../probes/message-counter.js';
import { readWorkPlan } from '../workloads/work-plan.js';

const { url, queue, prefetch, ...plan } = readWorkPlan();
const counter = new MessageCounter(plan);
const connection = new Connection({ url, noDelay: true });
connection.on('error', fail);
const consumer = connection.createConsumer(
  { queue, queueOptions: { passive: true }, qos: { prefetchCount: prefetch } },
  // Returning acks.
  () => counter.count(),
);
consumer.on('error', fail);
process.once('SIGTERM', () => void consumer.close().then(async () => connection.close()));

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}
