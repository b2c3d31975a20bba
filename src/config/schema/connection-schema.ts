import { duration, mapping, megabytes, present, text, wholeNumber } from './vocabulary.js';

const filePath = () => {
  const expected = "the path of a PEM file, from this file's folder";
  return text(expected).min(1, expected);
};

const tlsSchema = mapping(
  {
    ca: filePath().optional().describe('PEM file of the certificate authorities to trust; default: those of Node.js'),
    certificate: filePath().optional().describe('PEM file of the client certificate, if the broker requires one'),
    key: filePath().optional().describe("PEM file of the client certificate's private key, unencrypted"),
    server_name: text()
      .min(1, 'a host name')
      .optional()
      .describe("Host name to expect in the broker's certificate; default: the host of RABBITMQ_URL"),
  },
  'a mapping with ca, certificate, key or server_name',
).transform(({ server_name: serverName, ...files }) => present({ ...files, serverName }));

/** How to connect; RABBITMQ_URL says where, and as whom. */
export const connectionSchema = mapping({
  connect_timeout: duration().prefault('10s').describe('How long a host may take for TCP, TLS and log-in together'),
  reconnect_delay: duration()
    .prefault('100ms')
    .describe(
      'Upper bound of the first wait before reconnecting; doubles with each attempt, and each wait is a random part of it',
    ),
  reconnect_delay_max: duration().prefault('30s').describe('Maximum of that upper bound'),
  stall_timeout: duration()
    .prefault('60s')
    .describe(
      'Renew a subscription that delivers nothing for this long although its queue has messages, and a publish connection that confirms nothing',
    ),
  tls: tlsSchema.optional().describe('TLS files for amqps://, read again for each connection'),
}).transform((entries) => ({
  connectTimeoutMs: entries.connect_timeout,
  retry: { firstMs: entries.reconnect_delay, longestMs: entries.reconnect_delay_max },
  stallTimeoutMs: entries.stall_timeout,
  tls: entries.tls ?? {},
}));

/** Limits of each worker thread, as Node.js and the kernel define them. */
export const resourceLimitsSchema = mapping({
  max_old_generation_mb: megabytes(8)
    .optional()
    .describe('MiB of heap for long-lived objects; a thread that needs more dies alone and is replaced'),
  max_young_generation_mb: megabytes(1).optional().describe('MiB of heap for new objects'),
  code_range_mb: megabytes(1).optional().describe('MiB for generated code'),
  stack_mb: wholeNumber(1, 256).optional().describe('MiB of stack; default: 4'),
  nice: wholeNumber(0, 19)
    .optional()
    .describe(
      'Added to the nice value of the process, which lowers the priority of the thread; Linux only; default: 5',
    ),
}).transform((entries) =>
  present({
    maxOldGenerationSizeMb: entries.max_old_generation_mb,
    maxYoungGenerationSizeMb: entries.max_young_generation_mb,
    codeRangeSizeMb: entries.code_range_mb,
    stackSizeMb: entries.stack_mb,
    nice: entries.nice,
  }),
);
