import type { Spread } from '../statistics/spread.js';
import type { ResultsFile } from './results-file.js';

/** Words for figures and for the machine that they were measured on. */

export function formatRatio({ median, lowest, highest }: Spread): string {
  // A baseline's own ratio is 1 by definition.
  if (lowest === 1 && highest === 1) return '1';
  return `${median.toFixed(2)} (${lowest.toFixed(2)} to ${highest.toFixed(2)})`;
}

export function describeRun({ date, machine, rounds }: ResultsFile): string {
  const { cores, processor, system, node, broker } = machine;
  const often = rounds === 1 ? 'one round' : `${rounds} rounds`;
  return `${date.slice(0, 10)}, ${cores} cores (${processor}), ${system}, Node.js ${node.replace('v', '')}, ${broker} on the same machine; medians of ${often}.`;
}

export function count(figure: number, one: string, many: string): string {
  return `${figure} ${figure === 1 ? one : many}`;
}
