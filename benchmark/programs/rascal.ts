import rascal from 'rascal';
import { MessageCounter } from '../probes/message-counter.js';
import { readWorkPlan } from '../workloads/work-plan.js';

const { url, queue, prefetch, ...plan } = readWorkPlan();
const counter = new MessageCounter(plan);
const configuration = rascal.withDefaultConfig({
  vhosts: {
    '/': {
      connection: { url, socketOptions: { noDelay: true } },
      queues: { [queue]: { assert: false, check: true } },
      subscriptions: { benchmark: { queue, prefetch } },
    },
  },
});
const broker = await rascal.BrokerAsPromised.create(configuration);
broker.on('error', fail);
const subscription = await broker.subscribe('benchmark');
subscription.on('message', (_message, _content, ackOrNack) => {
  counter.count();
  ackOrNack();
});
subscription.on('error', fail);
process.once('SIGTERM', () => void broker.shutdown());

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}
