import { z } from 'zod';
import { DURATION_PATTERN, durationMs } from '../../timing/index.js';
import { LISTEN_EXPECTED, LISTEN_PATTERN, parseListenAddress } from '../values/listen-address.js';
import { flag, mapping, number, text } from './vocabulary.js';

const SOCKET_EXPECTED = 'the path of a UNIX socket, such as /run/shop/mails.sock';
const TOKEN_FILE_EXPECTED = 'the path of a file, such as /run/secrets/console';
const SUMMARY_EXPECTED = 'a duration: 500ms, 30s, 5m, 1h, or whole milliseconds; 0 for none';

/** The HTTP server of probes, metrics and the console. */
export const httpSchema = mapping(
  {
    listen: z
      .string(LISTEN_EXPECTED)
      .regex(LISTEN_PATTERN, LISTEN_EXPECTED)
      .refine((written) => parseListenAddress(written) !== undefined, LISTEN_EXPECTED)
      .transform((written) => parseListenAddress(written) ?? { host: '127.0.0.1', port: 0 })
      .describe('Address of the server, as HOST:PORT; :9464 listens on every address'),
    metrics: flag().default(true).describe('Serve /metrics for Prometheus; /startupz, /livez and /readyz always'),
    console: flag().default(false).describe('Serve the console: a page at / and its interface below /api'),
    token_file: text(TOKEN_FILE_EXPECTED)
      .min(1, TOKEN_FILE_EXPECTED)
      .optional()
      .describe(
        'Path of a file with the token of the console, at least 16 characters; needed unless listen is a loopback address',
      ),
  },
  'a mapping with listen',
);

/** Spans of messages. */
export const tracingSchema = mapping(
  {
    enabled: flag().default(true).describe('Make spans of messages with the OpenTelemetry SDK that --import loads'),
    parent: flag()
      .default(false)
      .describe("Make the publisher's span the parent of consume; false: link it, as a trace of its own"),
    sample_ratio: number(0, 1)
      .default(1)
      .describe("Share of the messages that may begin a trace, such as 0.01; the SDK's sampler decides about those"),
  },
  'a mapping with enabled, parent and sample_ratio',
);

/** The UNIX socket of `amqp-dispatcher ctl`. */
export const controlSchema = mapping(
  {
    socket: text(SOCKET_EXPECTED)
      .min(1, SOCKET_EXPECTED)
      .describe('Path of the UNIX socket, from the folder of this file; the folder must exist'),
  },
  'a mapping with socket',
);

/** The period of the summary lines, in milliseconds; 0 for none. */
export const summarySchema = z
  .union(
    [
      z.string(SUMMARY_EXPECTED).regex(new RegExp(`${DURATION_PATTERN.source}|^0$`), SUMMARY_EXPECTED),
      z.int(SUMMARY_EXPECTED).min(0, SUMMARY_EXPECTED),
    ],
    SUMMARY_EXPECTED,
  )
  .refine((written) => isNone(written) || (durationMs(written) ?? 0) > 0, SUMMARY_EXPECTED)
  .transform((written) => (isNone(written) ? 0 : (durationMs(written) ?? 0)));

function isNone(written: string | number): boolean {
  return written === 0 || written === '0';
}
