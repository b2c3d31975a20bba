import { z } from 'zod';
import { duration, mapping, megabytes, text, wholeNumber } from './vocabulary.js';

const filePath = () => {
  const expected = "the path of a PEM file, from this file's folder";
  return text(expected).min(1, expected);
};

const tlsSchema = mapping(
  {
    ca: filePath()
      .optional()
      .describe("PEM file of the authorities that may sign the broker's certificate; default: those of Node.js"),
    certificate: filePath().optional().describe('PEM file of the client certificate, for a broker that asks for one'),
    key: filePath().optional().describe('PEM file of the private key of the client certificate, not encrypted'),
    server_name: text()
      .min(1, 'a host name')
      .optional()
      .describe("Name that the broker's certificate must be for; default: the host of RABBITMQ_URL"),
  },
  'a mapping with ca, certificate, key or server_name',
);

/** How the broker is reached; where it is, and who we are there, is RABBITMQ_URL's business. */
export const connectionSchema = mapping({
  connect_timeout: duration().default('10s').describe('How long a host may take to accept and answer a connection'),
  reconnect_delay: duration()
    .default('100ms')
    .describe('Longest wait before the first new attempt; it doubles with each, and each wait is a random part of it'),
  reconnect_delay_max: duration().default('30s').describe('What the wait before a new attempt grows to at most'),
  stall_timeout: duration()
    .default('60s')
    .describe(
      'A subscription that brings nothing for this long, though its queue has messages, is made anew; so is a publish connection that confirms nothing',
    ),
  tls: tlsSchema.optional().describe('For amqps://; the files are read again at each new connection'),
});

/** Limits of each worker thread, as Node.js knows them. */
export const resourceLimitsSchema = mapping({
  max_old_generation_mb: megabytes(8)
    .optional()
    .describe('MiB of the heap for long-lived objects; a thread that needs more dies alone, and is replaced'),
  max_young_generation_mb: megabytes(1).optional().describe('MiB of the heap for new objects'),
  code_range_mb: megabytes(1).optional().describe('MiB for generated code'),
  stack_mb: wholeNumber(1, 256).optional().describe('MiB of the stack; default: 4'),
});

export type ConnectionEntries = z.output<typeof connectionSchema>;
export type ResourceLimitEntries = z.output<typeof resourceLimitsSchema>;
