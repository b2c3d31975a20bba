import { ticksUpTo } from '../../../test/support/axis-ticks.js';
import { formatFigure } from '../../results/text-table.js';
import { MARGIN, type Panel, round, stroke, text, WIDTH } from './svg-page.js';

export interface LinePanelOptions {
  readonly title: string;
  /** At equal distances. */
  readonly values: readonly number[];
  /** One for each value. */
  readonly labels: readonly string[];
  /** Below the axis. */
  readonly axis: string;
}

const PLOT_HEIGHT = 130;
const FOOT = 46;
const LEFT = MARGIN + 56;
const RIGHT = WIDTH - MARGIN - 10;

/** One line over equal steps; its axis begins at 0, so that changes keep their proportion. */
export function linePanel({ title, values, labels, axis }: LinePanelOptions): Panel {
  const ticks = ticksUpTo(Math.max(...values), 4);
  const end = ticks.at(-1) ?? 1;
  const x = (index: number): number => LEFT + ((index + 0.5) / values.length) * (RIGHT - LEFT);
  return {
    title,
    height: PLOT_HEIGHT + FOOT,
    draw: (top) => {
      const bottom = top + PLOT_HEIGHT;
      const points = values.map((value, index) => [round(x(index)), round(bottom - (value / end) * PLOT_HEIGHT)]);
      return [
        ...ticks.flatMap((tick) => {
          const y = bottom - (tick / end) * PLOT_HEIGHT;
          return [
            stroke({ from: [LEFT, y], to: [RIGHT, y], style: 'grid' }),
            text({ x: LEFT - 8, y: y + 4, words: formatFigure(tick), style: 'note end' }),
          ];
        }),
        ...labels.map((words, index) => text({ x: x(index), y: bottom + 18, words, style: 'note mid' })),
        `<polyline class="line" points="${points.map((point) => point.join(',')).join(' ')}"/>`,
        ...points.map(([cx, cy]) => `<circle class="own" cx="${cx}" cy="${cy}" r="3.5"/>`),
        text({ x: (LEFT + RIGHT) / 2, y: bottom + 36, words: axis, style: 'note mid' }),
      ];
    },
  };
}
