import { connect } from 'amqplib';
import { Stopwatch } from '../stopwatch.js';

const [url = '', queue = '', prefetch = ''] = process.argv.slice(2);
const stopwatch = Stopwatch.fromEnvironment();
const connection = await connect(url, { noDelay: true });
const channel = await connection.createChannel();
await channel.prefetch(Number(prefetch));
await channel.consume(queue, (message) => {
  if (message === null) return;
  stopwatch.lap();
  channel.ack(message);
});
process.once('SIGTERM', () => void connection.close());
