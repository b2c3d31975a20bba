import { fileURLToPath } from 'node:url';
import type { Contestant } from '../contestant.js';
import { MeasuredProcess } from '../measured-process.js';

const PROGRAM = fileURLToPath(new URL('plain-amqplib-program.js', import.meta.url));

/** What one writes by hand: one process, one channel, an ack for each message. All others are measured against it. */
export const plainAmqplib: Contestant = {
  name: 'plain amqplib',
  start: async ({ url, queue, prefetch, folder, env }) =>
    new MeasuredProcess({ args: [PROGRAM, url, queue, String(prefetch)], folder, env }),
};
