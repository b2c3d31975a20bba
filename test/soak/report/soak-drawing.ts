import { stepFor } from '../../support/axis-ticks.js';
import type { SoakRecord } from './soak-record.js';
import type { SoakVerdict } from './soak-verdict.js';

interface Point {
  /** Seconds since the beginning. */
  readonly at: number;
  readonly value: number;
}

interface Panel {
  readonly title: string;
  /** The class of its line. */
  readonly line: string;
  readonly points: readonly Point[];
  readonly top: number;
}

const WIDTH = 960;
const HEIGHT = 540;
const LEFT = 70;
const RIGHT = 20;
const PANEL_HEIGHT = 180;
const TOPS = { memory: 60, rate: 305 } as const;
const DIVISIONS = 6;

/** Both colour schemes: the SVG follows the viewer. Plain colours, because some viewers lack CSS variables. */
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1b1f24; }
  .title { font-size: 15px; font-weight: 600; }
  .paper { fill: #ffffff; }
  .grid { stroke: #d0d7de; }
  .axis { stroke: #1b1f24; }
  .fault { stroke: #cf222e; stroke-dasharray: 2 3; }
  .line { fill: none; stroke-width: 1.6; }
  .memory { stroke: #0a66c2; }
  .rate { stroke: #1a7f37; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .paper { fill: #0d1117; }
    .grid { stroke: #3d444d; }
    .axis { stroke: #e6edf3; }
    .fault { stroke: #ff7b72; }
    .memory { stroke: #58a6ff; }
    .rate { stroke: #56d364; }
  }
`;

/** Draws memory and rate over time, with a mark at each fault. */
export function drawSoak(record: SoakRecord, { perSecond }: SoakVerdict): string {
  const { from, to, strikes, memory } = record;
  const seconds = Math.max(1, (to - from) / 1000);
  const x = (at: number): number => LEFT + (at / seconds) * (WIDTH - LEFT - RIGHT);
  const panels: readonly Panel[] = [
    {
      title: 'Resident memory of the daemon, MiB',
      line: 'memory',
      points: memory.samples
        .filter(({ at }) => at <= to)
        .map(({ at, bytes }) => ({ at: (at - from) / 1000, value: bytes / 1024 / 1024 })),
      top: TOPS.memory,
    },
    {
      title: 'Messages consumed per second',
      line: 'rate',
      points: perSecond.map((value, second) => ({ at: Math.min(seconds, second + 0.5), value })),
      top: TOPS.rate,
    },
  ];
  const marks = strikes.map(({ name, from: at }) => ({ name, at: x((at - from) / 1000) }));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Memory and rate of a soak over time">`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<text x="${LEFT}" y="24">${strikes.length} faults in ${Math.round(seconds)} s, seed ${record.seed}; a dashed line is a fault</text>`,
    ...panels.flatMap((panel) => [
      ...marks.map(
        ({ name, at }) =>
          `<line class="fault" x1="${n(at)}" x2="${n(at)}" y1="${panel.top}" y2="${panel.top + PANEL_HEIGHT}"><title>${name}</title></line>`,
      ),
      ...drawPanel(panel, { seconds, x }),
    ]),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 12}" text-anchor="middle">Time, seconds</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel(
  { title, line, points, top }: Panel,
  { seconds, x }: { readonly seconds: number; readonly x: (at: number) => number },
): string[] {
  const step = stepFor(Math.max(1, ...points.map(({ value }) => value)), 4);
  const highest = step * Math.ceil(Math.max(1, ...points.map(({ value }) => value)) / step);
  const bottom = top + PANEL_HEIGHT;
  const y = (value: number): number => bottom - (value / highest) * PANEL_HEIGHT;
  const rows = Array.from({ length: Math.round(highest / step) + 1 }, (_, index) => index * step);
  const every = stepFor(seconds, DIVISIONS);
  const columns = Array.from({ length: Math.floor(seconds / every) + 1 }, (_, index) => index * every);
  return [
    `<text class="title" x="${LEFT}" y="${top - 12}">${title}</text>`,
    ...rows.flatMap((value) => [
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${n(y(value))}" y2="${n(y(value))}"/>`,
      `<text x="${LEFT - 8}" y="${n(y(value) + 4)}" text-anchor="end">${value}</text>`,
    ]),
    ...columns.flatMap((at) => [
      `<line class="axis" x1="${n(x(at))}" x2="${n(x(at))}" y1="${bottom}" y2="${bottom + 5}"/>`,
      `<text x="${n(x(at))}" y="${bottom + 20}" text-anchor="middle">${at}</text>`,
    ]),
    `<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${bottom}" y2="${bottom}"/>`,
    `<polyline class="line ${line}" points="${points.map(({ at, value }) => `${n(x(at))},${n(y(value))}`).join(' ')}"/>`,
  ];
}

function n(figure: number): string {
  return figure.toFixed(1);
}
