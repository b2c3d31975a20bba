const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** Parses `30s`, `5m`, `2h`, `3d` or `1w` into milliseconds; undefined for anything else. */
export function ageMs(written: string): number | undefined {
  const [, digits, unit] = /^(\d+)(ms|s|m|h|d|w)$/.exec(written.trim()) ?? [];
  const unitMs = new Map<string | undefined, number>(Object.entries(UNITS_MS)).get(unit);
  const ms = Number(digits) * (unitMs ?? Number.NaN);
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/** Formats an age in its largest whole unit: `3d`, `5h`, `12m`, `0s`. */
export function ageText(ms: number): string {
  for (const unit of ['d', 'h', 'm'] as const) {
    if (ms >= UNITS_MS[unit]) return `${Math.floor(ms / UNITS_MS[unit])}${unit}`;
  }
  return `${Math.max(0, Math.floor(ms / UNITS_MS.s))}s`;
}
