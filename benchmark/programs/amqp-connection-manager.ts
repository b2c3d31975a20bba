import { connect } from 'amqp-connection-manager';
import { MessageCounter } from '../probes/message-counter.js';
import { readWorkPlan } from '../workloads/work-plan.js';

const { url, queue, prefetch, ...plan } = readWorkPlan();
const counter = new MessageCounter(plan);
const connection = connect([url], { connectionOptions: { noDelay: true } });
const channel = connection.createChannel({ confirm: false });
const consuming = channel.consume(
  queue,
  (message) => {
    counter.count();
    channel.ack(message);
  },
  { prefetch },
);
process.once('SIGTERM', () => void connection.close());
await consuming;
