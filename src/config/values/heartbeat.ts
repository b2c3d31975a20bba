/** AMQP sends the heartbeat as two bytes of seconds. */
const LONGEST_HEARTBEAT_SECONDS = 65_535;

/** A parsed heartbeat setting. */
export interface Heartbeat {
  /** undefined: the broker decides; 0: off. */
  readonly seconds: number | undefined;
  readonly warning?: string;
}

/** Parses whole seconds; absent, empty, `none` or unreadable (with a warning) means that the broker decides. */
export function readHeartbeat(written: string | null | undefined, source: string): Heartbeat {
  const text = written?.trim() ?? '';
  if (text === '' || text.toLowerCase() === 'none') return { seconds: undefined };
  const seconds = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (seconds <= LONGEST_HEARTBEAT_SECONDS) return { seconds };
  const warning =
    `${source} is not a whole number of seconds from 0 to ${LONGEST_HEARTBEAT_SECONDS}, ` +
    "so the broker's setting is used";
  return { seconds: undefined, warning };
}
