export { celery } from './celery.js';
export { daemon, daemonInBatches, daemonOnThreads } from './daemon.js';
export { failingAmqplib, failingDaemons } from './failing-daemon.js';
export { keyedDaemons } from './keyed-daemon.js';
export { observedDaemons } from './observed-daemon.js';
export { NODE_PEERS } from './peers.js';
export { coalescingAmqplib, plainAmqplib } from './plain-amqplib.js';
