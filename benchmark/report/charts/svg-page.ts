/** Part of a chart; pages stack them. */
export interface Panel {
  readonly title: string;
  readonly height: number;
  /** Lines of SVG, from so many pixels down. */
  draw(top: number): readonly string[];
}

export interface Page {
  /** For readers who do not see it. */
  readonly label: string;
  readonly panels: readonly Panel[];
}

/** Fill of a bar or line: `own` and `pale` are the daemon's. */
export type Shade = 'own' | 'pale' | 'grey' | 'faint' | 'warm';

export const WIDTH = 800;
export const MARGIN = 24;
const TITLE_HEIGHT = 44;

/** Both colour schemes: the SVG follows the reader. Plain colours, because some viewers lack CSS variables. */
const STYLE = `
  text { font-size: 13px; fill: #1c2733; }
  .title { font-size: 15px; font-weight: bold; }
  .strong { font-weight: bold; }
  .note { font-size: 12px; fill: #4a5666; }
  .end { text-anchor: end; }
  .mid { text-anchor: middle; }
  .paper { fill: #f6f8fa; }
  .grid { stroke: #d0d7de; }
  .reference { stroke: #6b7787; stroke-width: 1.5; }
  .whisker { stroke: #1c2733; stroke-width: 1.4; }
  .target { stroke: #cf222e; stroke-width: 3; }
  .cut { stroke: #f6f8fa; stroke-width: 4; }
  .line { fill: none; stroke-width: 2.2; stroke: #4a8be0; }
  .own { fill: #4a8be0; } .pale { fill: #b3d0f4; } .grey { fill: #98a3b1; } .faint { fill: #ccd3db; } .warm { fill: #b8560b; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .note { fill: #a7b2bf; }
    .paper { fill: #161b22; }
    .grid { stroke: #3d444d; }
    .reference { stroke: #9aa5b4; }
    .whisker { stroke: #e6edf3; }
    .target { stroke: #ff7b72; }
    .cut { stroke: #161b22; }
    .line { stroke: #2f74c9; }
    .own { fill: #2f74c9; } .pale { fill: #244870; } .grey { fill: #66717e; } .faint { fill: #4b5561; } .warm { fill: #e08a45; }
  }
`;

/** A whole SVG: its panels below one another. */
export function drawPage({ label, panels }: Page): string {
  const height = panels.reduce((sum, panel) => sum + TITLE_HEIGHT + panel.height, MARGIN / 2);
  const lines: string[] = [];
  let top = 0;
  for (const panel of panels) {
    lines.push(text({ x: MARGIN, y: top + 30, words: panel.title, style: 'title' }));
    lines.push(...panel.draw(top + TITLE_HEIGHT));
    top += TITLE_HEIGHT + panel.height;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escape(label)}" font-family="Helvetica, Arial, 'DejaVu Sans', sans-serif">`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="${WIDTH}" height="${height}" rx="12"/>`,
    ...lines,
    '</svg>',
    '',
  ].join('\n');
}

export interface Words {
  readonly x: number;
  readonly y: number;
  readonly words: string;
  readonly style?: string;
}

export function text({ x, y, words, style }: Words): string {
  const named = style === undefined ? '' : ` class="${style}"`;
  return `<text${named} x="${round(x)}" y="${round(y)}">${escape(words)}</text>`;
}

export interface Stroke {
  readonly from: readonly [x: number, y: number];
  readonly to: readonly [x: number, y: number];
  readonly style: string;
}

export function stroke({ from, to, style }: Stroke): string {
  const [x1, y1, x2, y2] = [...from, ...to].map(round);
  return `<line class="${style}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;
}

/** Rounds to a tenth of a pixel. */
export function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

function escape(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
