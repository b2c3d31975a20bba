import { setTimeout as sleep } from 'node:timers/promises';
import type { MeasuredProcess } from './measured-process.js';

const LOOK_EVERY_MS = 250;
const STEADY_LOOKS = 5;
const STEADY_BYTES = 512 * 1024;
const PATIENCE_MS = 15_000;

/**
 * Resident memory in bytes once it is steady (within half a MiB for a second), or after 15 s at the latest. Undefined where there
 * is no /proc.
 */
export async function settledResidentBytes(process: MeasuredProcess): Promise<number | undefined> {
  const deadline = performance.now() + PATIENCE_MS;
  const looks: number[] = [];
  for (;;) {
    const bytes = process.residentBytes();
    if (bytes === undefined) return undefined;
    looks.push(bytes);
    const last = looks.slice(-STEADY_LOOKS);
    const isSteady = last.length === STEADY_LOOKS && Math.max(...last) - Math.min(...last) <= STEADY_BYTES;
    if (isSteady || performance.now() > deadline) return bytes;
    await sleep(LOOK_EVERY_MS);
  }
}
