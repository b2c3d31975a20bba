import type { HistogramValue } from './histogram.js';

export type Labels = Readonly<Record<string, string>>;

/** One value of a family. */
export interface Sample<Value = number> {
  readonly labels: Labels;
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
  if (family.type === 'histogram') {
    for (const { labels, value } of family.samples) text += histogramText(name, pairsOf(labels), value);
  } else {
    for (const { labels, value } of family.samples)
      text += `${series}${inBraces(pairsOf(labels))} ${numberText(value)}\n`;
  }
  return text;
}

function histogramText(name: string, pairs: string, { bounds, cumulative, count, sum }: HistogramValue): string {
  const bucket = `${name}_bucket{${pairs === '' ? '' : `${pairs},`}le="`;
  let text = '';
  bounds.forEach((bound, at) => {
    text += `${bucket}${boundText(bound)}"} ${cumulative[at] ?? 0}\n`;
  });
  const labels = inBraces(pairs);
  return `${text}${bucket}+Inf"} ${count}\n${name}_sum${labels} ${numberText(sum)}\n${name}_count${labels} ${count}\n`;
}

function inBraces(pairs: string): string {
  return pairs === '' ? '' : `{${pairs}}`;
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
