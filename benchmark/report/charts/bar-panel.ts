import { ticksUpTo } from '../../../test/support/axis-ticks.js';
import { formatFigure } from '../../results/text-table.js';
import { MARGIN, type Panel, round, type Shade, stroke, text, WIDTH } from './svg-page.js';

/** One row of a panel. */
export interface Bar {
  readonly label: string;
  /** One after the other, from the left. */
  readonly parts: readonly { readonly value: number; readonly shade: Shade }[];
  /** The figure in words, at the right. */
  readonly words: string;
  readonly whisker?: { readonly lowest: number; readonly highest: number };
  readonly target?: number | undefined;
  /** Its label is set in bold. */
  readonly strong?: boolean;
}

export interface BarPanelOptions {
  readonly title: string;
  readonly bars: readonly Bar[];
  /** Below the axis. */
  readonly axis: string;
  readonly key?: readonly { readonly shade: Shade; readonly words: string }[];
  /** A figure to compare with, drawn as a line from top to bottom. */
  readonly reference?: number;
  readonly labelWidth?: number;
  readonly wordsWidth?: number;
}

const ROW = 28;
const BAR = 16;
const FOOT = 46;
const KEY = 24;
const KEY_WIDTH = 145;
/** A bar so many times as long as all others is cut off, so that the others stay comparable. */
const CUT_FROM = 3;
const CUT_AT = 1.15;

/** Horizontal bars. */
export function barPanel(options: BarPanelOptions): Panel {
  const { title, bars, axis, key = [], reference, labelWidth = 190, wordsWidth = 130 } = options;
  const keyHeight = key.length === 0 ? 0 : KEY;
  const [left, right] = [MARGIN + labelWidth, WIDTH - MARGIN - wordsWidth];
  const ticks = ticksUpTo(axisEnd(bars), 6);
  const end = ticks.at(-1) ?? 1;
  const x = (value: number): number => left + (Math.min(value, end) / end) * (right - left);

  const drawParts = ({ parts }: Bar, middle: number): string[] => {
    let begin = 0;
    const lines = parts.map(({ value, shade }) => {
      const [from, to] = [x(begin), x(begin + value)];
      begin += value;
      return `<rect class="${shade}" x="${round(from)}" y="${round(middle - BAR / 2)}" width="${round(to - from)}" height="${BAR}"/>`;
    });
    if (begin > end)
      lines.push(stroke({ from: [right - 22, middle + 12], to: [right - 14, middle - 12], style: 'cut' }));
    return lines;
  };
  const drawMarks = ({ whisker, target, strong, label, words }: Bar, middle: number): string[] => {
    const upright = (value: number, reach: number, style: string): string =>
      stroke({ from: [x(value), middle - reach], to: [x(value), middle + reach], style });
    const weight = strong === true ? ' strong' : '';
    const lines = [
      text({ x: left - 10, y: middle + 4.5, words: label, style: `end${weight}` }),
      text({ x: WIDTH - MARGIN, y: middle + 4.5, words, style: `end${weight}` }),
    ];
    if (target !== undefined) lines.push(upright(target, 12, 'target'));
    if (whisker !== undefined && whisker.highest <= end) {
      lines.push(
        stroke({ from: [x(whisker.lowest), middle], to: [x(whisker.highest), middle], style: 'whisker' }),
        upright(whisker.lowest, 5, 'whisker'),
        upright(whisker.highest, 5, 'whisker'),
      );
    }
    return lines;
  };

  return {
    title,
    height: keyHeight + bars.length * ROW + FOOT,
    draw: (top) => {
      const [first, last] = [top + keyHeight, top + keyHeight + bars.length * ROW];
      return [
        ...key.flatMap(({ shade, words }, index) => {
          const at = left + index * KEY_WIDTH;
          return [
            `<rect class="${shade}" x="${at}" y="${top}" width="12" height="12"/>`,
            text({ x: at + 18, y: top + 11, words, style: 'note' }),
          ];
        }),
        ...ticks.flatMap((tick) => [
          stroke({ from: [x(tick), first], to: [x(tick), last + 4], style: 'grid' }),
          text({ x: x(tick), y: last + 18, words: formatTick(tick), style: 'note mid' }),
        ]),
        ...bars.flatMap((bar, index) => drawParts(bar, first + (index + 0.5) * ROW)),
        ...(reference === undefined
          ? []
          : [stroke({ from: [x(reference), first], to: [x(reference), last + 4], style: 'reference' })]),
        // Last, so that nothing is drawn over them.
        ...bars.flatMap((bar, index) => drawMarks(bar, first + (index + 0.5) * ROW)),
        text({ x: (left + right) / 2, y: last + 36, words: axis, style: 'note mid' }),
      ];
    },
  };
}

function axisEnd(bars: readonly Bar[]): number {
  const ends = bars
    .map(({ parts, whisker, target }) =>
      Math.max(
        parts.reduce((sum, { value }) => sum + value, 0),
        whisker?.highest ?? 0,
        target ?? 0,
      ),
    )
    .toSorted((one, other) => other - one);
  const [longest = 1, second = longest] = ends;
  return longest > second * CUT_FROM && bars.length > 2 ? second * CUT_AT : longest;
}

function formatTick(tick: number): string {
  return formatFigure(tick, Number.isInteger(tick) ? 0 : 1);
}
