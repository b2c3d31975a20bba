import type { Contestant } from './contestant.js';
import { nodeProgram } from './node-program.js';

/** A consumer by hand: one process, one channel, an ack for each message. */
export const plainAmqplib: Contestant = {
  id: 'plain-amqplib',
  name: 'plain amqplib',
  start: nodeProgram('plain-amqplib'),
};

/** The same with one ack for many messages: the most that amqplib can do on one thread. */
export const coalescingAmqplib: Contestant = {
  id: 'coalescing-amqplib',
  name: 'plain amqplib, joined acks',
  start: nodeProgram('coalescing-amqplib'),
};
