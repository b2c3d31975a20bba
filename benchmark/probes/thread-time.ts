import { readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second, whatever the kernel's own clock (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html). */
const TICK_MS = 10;
/** Counted from the state, the first field after the name in brackets. */
const USER_TIME_AT = 11;
const SYSTEM_TIME_AT = 12;

/** Processor time in milliseconds from the text of a thread's `stat`; undefined for any other text. */
export function parseThreadTime(stat: string): number | undefined {
  // The name may contain spaces and brackets, so take the last bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[USER_TIME_AT]) + Number(fields[SYSTEM_TIME_AT]);
  return Number.isFinite(ticks) ? ticks * TICK_MS : undefined;
}

/** Processor time of this process's main thread, from any of its threads; undefined where there is no /proc. */
export function mainThreadTimeMs(): number | undefined {
  try {
    return parseThreadTime(readFileSync(`/proc/self/task/${process.pid}/stat`, 'utf8'));
  } catch {
    return undefined; // not Linux
  }
}
