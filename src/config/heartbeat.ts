/** AMQP sends the heartbeat as two bytes of seconds. */
const LONGEST_HEARTBEAT_SECONDS = 65_535;

/** A heartbeat setting that was read. */
export interface Heartbeat {
  /** undefined: the broker's own setting; 0: off. */
  readonly seconds: number | undefined;
  readonly warning?: string;
}

/** Reads a heartbeat: whole seconds; absent, empty, `none` or (with a warning) unreadable is the broker's setting. */
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
