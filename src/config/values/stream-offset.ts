/**
 * The consumer argument that says where to start reading a stream (https://www.rabbitmq.com/docs/streams#consuming).
 */
export const STREAM_OFFSET = 'x-stream-offset';

/** The expected form; completes the sentence "expected …". */
export const STREAM_OFFSET_EXPECTED =
  'first, last, next, a whole number from 0, an interval such as 7D or 1h (Y, M, D, h, m or s), ' +
  'or a time such as 2026-11-01T00:00:00Z';

const WORDS = new Set(['first', 'last', 'next']);
const INTERVAL = /^\d+[YMDhms]$/;
const TIME = /^(\d{4}-\d\d-\d\d)(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d))?$/;

/**
 * Parses an offset into a word, a number, an interval or a Date. Undefined for anything else: RabbitMQ before 4.3
 * closes the whole connection when it gets one.
 */
export function parseStreamOffset(written: unknown): string | number | Date | undefined {
  if (typeof written === 'number') return Number.isSafeInteger(written) && written >= 0 ? written : undefined;
  if (typeof written !== 'string') return undefined;
  return WORDS.has(written) || INTERVAL.test(written) ? written : timeOf(written);
}

/** AMQP has no times before 1970. */
function timeOf(written: string): Date | undefined {
  const day = TIME.exec(written)?.[1];
  if (day === undefined || !isDay(day)) return undefined;
  const time = new Date(written.replace(' ', 'T').toUpperCase());
  return time.getTime() >= 0 ? time : undefined;
}

/** `Date` reads the 31st of a 30-day month as the 1st of the next month. */
function isDay(day: string): boolean {
  const midnight = new Date(day);
  return Number.isFinite(midnight.getTime()) && midnight.toISOString().startsWith(day);
}
