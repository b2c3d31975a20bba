const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const ONE_PLACE = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DAY_AND_CLOCK = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** Stands for a missing figure. */
export const NONE = '–';

export function count(value: number): string {
  return WHOLE.format(value);
}

/** Messages per second: `0`, `0.4`, `12.3`, `1,234`. */
export function rate(perSecond: number): string {
  if (perSecond === 0) return '0';
  return perSecond < 100 ? ONE_PLACE.format(perSecond) : WHOLE.format(perSecond);
}

/** A service time: `0.4 ms`, `12 ms`, `1.3 s`, then as `duration`. */
export function latency(ms: number | null): string {
  if (ms === null) return NONE;
  if (ms === 0) return '0 ms';
  if (ms < 10) return `${ONE_PLACE.format(ms)} ms`;
  if (ms < 1000) return `${WHOLE.format(ms)} ms`;
  return ms < 60_000 ? `${ONE_PLACE.format(ms / 1000)} s` : duration(ms);
}

/** In whole seconds: `< 1 s`, `3 s`, `2 m 05 s`, `1 h 02 m`, `3 d 4 h`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return seconds === 0 ? '< 1 s' : `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${pad(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${pad(minutes % 60)} m` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function percent(share: number | null): string {
  return share === null ? NONE : `${WHOLE.format(share * 100)} %`;
}

export function megabytes(mb: number | null): string {
  return mb === null ? NONE : `${WHOLE.format(mb)} MiB`;
}

/** `14:03:07`, with the day if it is not today. */
export function clock(at: number, now = Date.now()): string {
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  return (isToday ? CLOCK : DAY_AND_CLOCK).format(at);
}

/** `1 message`, `3 messages`. */
export function plural(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
