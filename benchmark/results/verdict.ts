import type { Target } from '../workloads/workload.js';

/** Whether the daemon reached a target. */
export type Verdict = 'met' | 'stretch met' | 'missed';

/** Judges the median of a workload's ratios. */
export function judge(ratio: number, { ratio: wanted, stretch }: Target): Verdict {
  if (stretch !== undefined && ratio >= stretch) return 'stretch met';
  return ratio >= wanted ? 'met' : 'missed';
}
