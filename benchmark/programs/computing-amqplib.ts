import { connect } from 'amqplib';
import Computes from '../consumers/computes.js';

/** Computes on the thread of the connection, one message at a time, which is the best case. */
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
