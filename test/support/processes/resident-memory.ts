import { readFileSync } from 'node:fs';

const MIB = 1024 * 1024;

/** Resident memory of a process in bytes; undefined where there is no /proc, and once the process has ended. */
export function residentBytes(pid: number | undefined): number | undefined {
  try {
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch {
    return undefined;
  }
}

/** The same in MiB. */
export function residentMiB(pid: number | undefined): number | undefined {
  const bytes = residentBytes(pid);
  return bytes === undefined ? undefined : bytes / MIB;
}
