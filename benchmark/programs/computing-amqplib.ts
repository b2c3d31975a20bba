import { connect } from 'amqplib';
import Computes from '../consumers/computes.js';

/** Computes on the thread that has the connection. One message at a time is the best case of that. */
const [url = '', queue = ''] = process.argv.slice(2);
const job = new Computes();
const connection = await connect(url, { noDelay: true });
const channel = await connection.createChannel();
await channel.prefetch(1);
await channel.consume(queue, (message) => {
  if (message === null) return;
  job.consume();
  channel.ack(message);
});
console.log(JSON.stringify({ msg: 'ready' }));
process.once('SIGTERM', () => void connection.close());
