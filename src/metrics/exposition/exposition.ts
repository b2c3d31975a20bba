import type { HistogramValue } from '../histogram.js';

export type Labels = Readonly<Record<string, string>>;

/** The labels of series as text, written at the first scrape and kept. */
export class LabelText {
  readonly labels: Labels;
  private text: string | undefined;

  constructor(labels: Labels) {
    this.labels = labels;
  }

  /** Without braces. */
  get pairs(): string {
    this.text ??= pairsOf(this.labels);
    return this.text;
  }
}

/** One value of a family. */
export interface Sample<Value = number> {
  /** As text: for labels that many scrapes have. */
  readonly labels: Labels | LabelText;
  readonly value: Value;
}

interface Described {
  /** Without `_total` for a counter. */
  readonly name: string;
  readonly help: string;
}

/** A metric and all its series. */
export type Family =
  | (Described & { readonly type: 'counter' | 'gauge'; readonly samples: readonly Sample[] })
  | (Described & { readonly type: 'histogram'; readonly samples: readonly Sample<HistogramValue>[] });

const PREFIX = 'amqp_dispatcher_';

/** A counter of the daemon; its series end in `_total`. */
export function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return { name: `${PREFIX}${name}`, help, type: 'counter', samples };
}

/** A gauge of the daemon. */
export function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name: `${PREFIX}${name}`, help, type: 'gauge', samples };
}

/** A histogram of the daemon. */
export function histogram(name: string, help: string, samples: readonly Sample<HistogramValue>[]): Family {
  return { name: `${PREFIX}${name}`, help, type: 'histogram', samples };
}

/** Prometheus asks for one of these by its `Accept` header. */
export type ExpositionFormat = 'prometheus' | 'openmetrics';

export const CONTENT_TYPE: Readonly<Record<ExpositionFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** Returns the format that a scraper prefers; default: the older text format, which every scraper reads. */
export function formatFor(accept: string | undefined): ExpositionFormat {
  return accept?.includes('application/openmetrics-text') === true ? 'openmetrics' : 'prometheus';
}

/**
 * Writes metrics as text (https://prometheus.io/docs/instrumenting/exposition_formats/ and
 * https://prometheus.io/docs/specs/om/open_metrics_spec/).
 */
export function writeFamilies(families: readonly Family[], format: ExpositionFormat): string {
  let text = '';
  for (const family of families) text += familyText(family, format);
  return format === 'openmetrics' ? `${text}# EOF\n` : text;
}

function familyText(family: Family, format: ExpositionFormat): string {
  const { name, help, type } = family;
  const series = type === 'counter' ? `${name}_total` : name;
  // The older format names the series, OpenMetrics the family.
  const described = format === 'openmetrics' ? name : series;
  let text = `# HELP ${described} ${escapeHelp(help, format)}\n# TYPE ${described} ${type}\n`;
  if (family.type === 'histogram') return text + histogramsText(name, family.samples);
  for (const { labels, value } of family.samples) text += `${series}${inBraces(textOf(labels))} ${numberText(value)}\n`;
  return text;
}

function histogramsText(name: string, samples: readonly Sample<HistogramValue>[]): string {
  let text = '';
  let ends: readonly string[] = [];
  let endsOf: readonly number[] | undefined;
  for (const { labels, value } of samples) {
    const { bounds, cumulative, count, sum } = value;
    if (bounds !== endsOf) {
      ends = bounds.map((bound) => `le="${boundText(bound)}"} `);
      endsOf = bounds;
    }
    const pairs = textOf(labels);
    // Joined: V8 keeps an added-up string in pieces, and would collect them again for each line.
    const bucket = [name, '_bucket{', pairs, pairs === '' ? '' : ','].join('');
    for (const [at, end] of ends.entries()) text += `${bucket}${end}${cumulative[at] ?? 0}\n`;
    const own = inBraces(pairs);
    text += `${bucket}le="+Inf"} ${count}\n${name}_sum${own} ${numberText(sum)}\n${name}_count${own} ${count}\n`;
  }
  return text;
}

function inBraces(pairs: string): string {
  return pairs === '' ? '' : `{${pairs}}`;
}

function textOf(labels: Labels | LabelText): string {
  return labels instanceof LabelText ? labels.pairs : pairsOf(labels);
}

function pairsOf(labels: Labels): string {
  let pairs = '';
  for (const name in labels) pairs += `${pairs === '' ? '' : ','}${name}="${escapeLabel(labels[name] ?? '')}"`;
  return pairs;
}

function escapeLabel(value: string): string {
  return /[\\\n"]/.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"') : value;
}

function escapeHelp(help: string, format: ExpositionFormat): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return format === 'openmetrics' ? escaped.replaceAll('"', '\\"') : escaped;
}

/** OpenMetrics wants a float here, so that `1` and `1.0` are one series. */
function boundText(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}
