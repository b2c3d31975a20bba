import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../src/errors/index.js';
import { FaultSchedule } from '../support/ledger/fault-schedule.js';
import { FAULTS, type FaultKind, RESTART, type Scene } from './fault-kinds.js';
import type { Load } from './load.js';
import type { StruckFault } from './report/soak-record.js';

export interface CampaignOptions {
  readonly scene: Scene;
  readonly load: Load;
  /** Milliseconds since 1970: when the run began. */
  readonly from: number;
  readonly minutes: number;
  readonly seed: number;
  /** Ends the campaign early. */
  readonly signal: AbortSignal;
  /** Told a line about each fault. */
  readonly tell: (line: string) => void;
}

export interface Campaign {
  readonly strikes: readonly StruckFault[];
  /** The fault that the daemon did not recover from, if any. It ends the campaign. */
  readonly problems: string[];
}

/** Shorter runs have no time for a broker restart or for long pauses. */
const LONG_MINUTES = 3;
/** Pauses between a recovered daemon and the next fault. */
const PAUSES = { long: { lowestMs: 5_000, highestMs: 20_000 }, short: { lowestMs: 500, highestMs: 2_500 } };
const PATIENCE_MS = 120_000;

/** Strikes with one fault after the other at random moments, with every kind once before any comes again. */
export async function strikeUntil(options: CampaignOptions): Promise<Campaign> {
  const { from, minutes, seed, signal, tell } = options;
  const isLong = minutes >= LONG_MINUTES;
  const pause = isLong ? PAUSES.long : PAUSES.short;
  const until = from + minutes * 60_000;
  const schedule = new FaultSchedule(seed);
  const strikes: StruckFault[] = [];
  let remaining: FaultKind[] = [];
  while (!signal.aborted) {
    const waitMs = schedule.between(pause.lowestMs, pause.highestMs);
    if (Date.now() + waitMs > until) break;
    await sleepUnlessAborted(waitMs, signal);
    if (remaining.length === 0) remaining = shuffled(isLong ? [...FAULTS, RESTART] : FAULTS, schedule);
    const fault = remaining.pop();
    if (fault === undefined || signal.aborted) break;
    try {
      const strike = await strikeOnce(fault, options);
      strikes.push(strike);
      const seconds = ((strike.to - strike.from) / 1000).toFixed(1);
      tell(`${clock(strike.from - from)}  ${fault.name}: recovered after ${seconds} s`);
    } catch (error) {
      return { strikes, problems: [`${fault.name}: the daemon did not come back: ${messageOf(error)}`] };
    }
  }
  await sleepUnlessAborted(Math.max(0, until - Date.now()), signal);
  return { strikes, problems: [] };
}

async function strikeOnce(fault: FaultKind, { scene, load }: CampaignOptions): Promise<StruckFault> {
  const from = Date.now();
  const count = (await fault.strike(scene)) ?? 1;
  const to = Date.now();
  await load.flows(PATIENCE_MS);
  return { name: fault.name, from, to, count };
}

function shuffled(kinds: readonly FaultKind[], schedule: FaultSchedule): FaultKind[] {
  return kinds
    .map((kind) => ({ kind, order: schedule.between(0, 1_000_000) }))
    .toSorted((left, right) => left.order - right.order)
    .map(({ kind }) => kind);
}

function clock(ms: number): string {
  return `${Math.round(ms / 1000)} s`.padStart(6);
}

/** Returns early when the run is aborted. */
export async function sleepUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
