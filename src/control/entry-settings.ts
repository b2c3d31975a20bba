import { type ConsumerConfig, writeRate } from '../config/index.js';
import { prefetchOf } from '../dispatch/index.js';
import type { SETTINGS } from './outcomes.js';

/** A setting that an operator has changed. */
export interface ChangedSetting {
  readonly setting: (typeof SETTINGS)[number];
  /** Its value at the start, as `set` takes it. */
  readonly was: string;
}

/** The settings of an entry that `set` changes, as `set` takes them. */
export interface SettingValues {
  readonly prefetch: number;
  readonly rate: string;
  /** Of the lines on the main thread; the consumer's own have the same after `set`. */
  readonly logLevel: string;
  /** Those with another value than at the start. */
  readonly changed: readonly ChangedSetting[];
}

/** The settings of each entry now, and at the start. */
export class EntrySettings {
  private readonly starts: readonly SettingValues[];
  private readonly values: SettingValues[];

  constructor(entries: readonly { readonly entry: ConsumerConfig; readonly log: { readonly level: string } }[]) {
    this.starts = entries.map(({ entry, log }) => ({
      prefetch: prefetchOf(entry),
      rate: writeRate(entry.rateLimit),
      logLevel: log.level,
      changed: [],
    }));
    this.values = [...this.starts];
  }

  /** The same object until `change`: the live report asks each second. */
  of(index: number): SettingValues {
    return valuesAt(this.values, index);
  }

  change(index: number, values: Partial<Omit<SettingValues, 'changed'>>): void {
    const start = valuesAt(this.starts, index);
    const now = { ...this.of(index), ...values };
    const changed: ChangedSetting[] = [];
    if (now.prefetch !== start.prefetch) changed.push({ setting: 'prefetch', was: String(start.prefetch) });
    if (now.rate !== start.rate) changed.push({ setting: 'rate', was: start.rate });
    if (now.logLevel !== start.logLevel) changed.push({ setting: 'log-level', was: start.logLevel });
    this.values[index] = { ...now, changed };
  }
}

function valuesAt(all: readonly SettingValues[], index: number): SettingValues {
  const values = all[index];
  if (values === undefined) throw new RangeError(`there is no entry ${index}`);
  return values;
}
