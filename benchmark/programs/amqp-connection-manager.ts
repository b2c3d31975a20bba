import { connect } from 'amqp-connection-manager';
import { Stopwatch } from '../probes/message-counter.js';
import { readWorkPlan } from '../workloads/work-plan.js';

const { url, queue, prefetch, ...plan } = readWorkPlan();
const stopwatch = new Stopwatch(plan);
const connection = connect([url], { connectionOptions: { noDelay: true } });
const channel = connection.createChannel({ confirm: false });
const consuming = channel.consume(
  queue,
  (message) => {
    stopwatch.lap();
    channel.ack(message);
  },
  { prefetch },
);
process.once('SIGTERM', () => void connection.close());
await consuming;
