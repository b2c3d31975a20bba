import type { Contestant } from './contestant.js';
import { nodeProgram } from './node-program.js';

/** Alternatives for Node.js, each used in its usual way, with an ack for each message. */
export const NODE_PEERS: readonly Contestant[] = [
  { id: 'rabbitmq-client', name: 'rabbitmq-client', start: nodeProgram('rabbitmq-client') },
  { id: 'rascal', name: 'Rascal', start: nodeProgram('rascal') },
  {
    id: 'amqp-connection-manager',
    name: 'amqp-connection-manager',
    start: nodeProgram('amqp-connection-manager'),
  },
];
