import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';

export interface ChartLine {
  readonly name: string;
  /** A custom property of the style sheet: `--line-done`. */
  readonly color: string;
  /** One value for each second; null: a gap. */
  readonly values: readonly (number | null)[];
}

export interface ChartProps {
  readonly title: string;
  /** Milliseconds since the epoch. */
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly format: (value: number) => string;
}

const HEIGHT = 200;
const SECONDS_SHOWN = 300;

/** Lines over the last five minutes, with a legend that shows the newest values, or those under the pointer. */
export function Chart({ title, times, lines, format }: ChartProps): VNode {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const [pointed, setPointed] = useState<number | undefined>();
  const scheme = useColorScheme();

  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const made = new uPlot(optionsFor({ element, lines, format, onPoint: setPointed }), dataOf(times, lines), element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [scheme]);
  useEffect(() => plot.current?.setData(dataOf(times, lines)), [times, lines]);

  const shown = lines.map(({ name, color, values }) => {
    const value = values.at(pointed ?? -1) ?? null;
    return { name, color, text: value === null ? '–' : format(value) };
  });
  const summary = `${title}, last five minutes. Now: ${shown.map(({ name, text }) => `${name} ${text}`).join(', ')}`;
  return (
    <figure class="chart panel">
      <figcaption>
        <h2>{title}</h2>
        <span class="legend">
          {shown.map(({ name, color, text }) => (
            <span key={name} class="legend-item">
              <span class={`swatch ${color.slice(2)}`} aria-hidden="true" />
              {name} <strong>{text}</strong>
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={host} class="plot" role="img" aria-label={summary} />
    </figure>
  );
}

interface PlotOptions extends Pick<ChartProps, 'lines' | 'format'> {
  readonly element: HTMLElement;
  readonly onPoint: (index: number | undefined) => void;
}

function optionsFor({ element, lines, format, onPoint }: PlotOptions): uPlot.Options {
  const style = getComputedStyle(element);
  const colorOf = (name: string): string => style.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: colorOf('--text-soft'),
    font: `11px ${style.fontFamily}`,
    grid: { stroke: colorOf('--border'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    padding: [8, 18, 0, 0],
    scales: {
      x: { time: true, range: (_plot, _min, max) => [max - SECONDS_SHOWN, max] },
      y: { range: (_plot, _min, max) => [0, niceTop(max)] },
    },
    axes: [
      { ...axis, size: 26, space: 56, values: (_plot, ticks) => ticks.map((tick) => timeText(tick)) },
      { ...axis, size: axisWidth, space: 36, values: (_plot, ticks) => ticks.map((tick) => format(tick)) },
    ],
    series: [
      {},
      ...lines.map(({ name, color }) => ({
        label: name,
        stroke: colorOf(color),
        fill: `${colorOf(color)}1f`,
        width: 1.75,
        points: { show: false },
      })),
    ],
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? undefined)] },
  };
}

function dataOf(times: readonly number[], lines: readonly ChartLine[]): uPlot.AlignedData {
  return [times.map((at) => at / 1000), ...lines.map(({ values }) => [...values])];
}

/** Wide enough for the longest tick. */
function axisWidth(_plot: uPlot, ticks: readonly string[] | null): number {
  const longest = Math.max(0, ...(ticks ?? []).map((tick) => tick.length));
  return 14 + longest * 7;
}

/** Headroom above the highest value, and a scale even when all are 0. */
function niceTop(max: number | null): number {
  return max === null || max <= 0 ? 1 : max * 1.15;
}

/** `14:03`, and the seconds only where they are not 0. */
function timeText(seconds: number): string {
  const text = new Date(seconds * 1000).toLocaleTimeString('en-GB');
  return text.endsWith(':00') ? text.slice(0, -3) : text;
}

/** Changes when the browser changes between light and dark: a canvas does not follow the style sheet. */
function useColorScheme(): boolean {
  const [isDark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const follow = (): void => setDark(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
  return isDark;
}
