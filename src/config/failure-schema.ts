import { duration, mapping, number, oneOf, present, wholeNumber } from './vocabulary.js';

export const retrySchema = mapping(
  {
    attempts: wholeNumber(1, 1_000_000)
      .default(5)
      .describe('Maximum number of deliveries of a message, the first included'),
    delay: duration()
      .prefault('1s')
      .describe('Wait after the first failure; the message waits in the queue QUEUE.retry.1000'),
    backoff: oneOf(['exponential', 'fixed'])
      .default('exponential')
      .describe('exponential: multiply each further wait by factor; fixed: keep all waits equal'),
    factor: number(1, 1_000).default(4).describe('Multiplier of each further wait, if backoff is exponential'),
    max_delay: duration().prefault('10m').describe('Maximum wait'),
    jitter: number(0, 1)
      .default(0.2)
      .describe(
        'Fraction by which a wait may be shorter, so that messages that failed together do not return together',
      ),
  },
  'a mapping that describes retries; {} for the defaults',
).transform(({ delay, max_delay: maxDelay, ...plan }) => ({ ...plan, delayMs: delay, maxDelayMs: maxDelay }));

export const timeoutSchema = mapping(
  {
    soft: duration().optional().describe('When to abort amqp.signal'),
    hard: duration().optional().describe('When to terminate the worker thread; the message then counts as failed'),
  },
  'a mapping with soft, hard or both',
).transform(({ soft, hard }) => present({ softMs: soft, hardMs: hard }));
