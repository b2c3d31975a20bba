import { duration, mapping, number, oneOf, present, wholeNumber } from './vocabulary.js';

export const retrySchema = mapping(
  {
    attempts: wholeNumber(1, 1_000_000).default(5).describe('Deliveries of a message in all, the first included'),
    delay: duration()
      .prefault('1s')
      .describe('Wait after the first failure, in a queue of the broker: QUEUE.retry.1000'),
    backoff: oneOf(['exponential', 'fixed'])
      .default('exponential')
      .describe('exponential: each further wait is factor times as long; fixed: all are alike'),
    factor: number(1, 1_000).default(4).describe('What each further wait is multiplied by, if exponential'),
    max_delay: duration().prefault('10m').describe('The longest wait'),
    jitter: number(0, 1)
      .default(0.2)
      .describe('Part of a wait by which it may be shorter, so that what failed together does not come back together'),
  },
  'a mapping that describes retries; {} for the defaults',
).transform(({ delay, max_delay: maxDelay, ...plan }) => ({ ...plan, delayMs: delay, maxDelayMs: maxDelay }));

export const timeoutSchema = mapping(
  {
    soft: duration().optional().describe('Then the signal of the delivery aborts: amqp.signal'),
    hard: duration().optional().describe('Then its worker thread is ended, and the message has failed'),
  },
  'a mapping with soft, hard or both',
).transform(({ soft, hard }) => present({ softMs: soft, hardMs: hard }));
