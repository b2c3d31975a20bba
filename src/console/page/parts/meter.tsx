import type { VNode } from 'preact';

export interface MeterProps {
  /** Names it for a screen reader. */
  readonly label: string;
  /** From 0 to 1; null: not known. */
  readonly share: number | null;
  /** Beside the bar. */
  readonly text: string;
  /** The bar warns from here on. Default: never. */
  readonly warnFrom?: number;
}

/** A bar with its figure. */
export function Meter({ label, share, text, warnFrom = 2 }: MeterProps): VNode {
  const value = Math.min(1, Math.max(0, share ?? 0));
  const now = Math.round(value * 100);
  return (
    <span class="meter-line">
      <span
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={now}
        aria-valuetext={text}
        class={value >= warnFrom ? 'meter high' : 'meter'}
      >
        {value > 0 && <span class="meter-fill" style={{ width: `${now}%` }} />}
      </span>
      <span class="meter-text">{text}</span>
    </span>
  );
}
