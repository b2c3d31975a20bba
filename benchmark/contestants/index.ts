export { daemon, daemonOnThreads } from './daemon.js';
export { coalescingAmqplib, plainAmqplib } from './plain-amqplib.js';
