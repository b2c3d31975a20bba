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
  const lines = families.flatMap((family) => linesOf(family, format));
  if (format === 'openmetrics') lines.push('# EOF');
  return `${lines.join('\n')}\n`;
}

function linesOf(family: Family, format: ExpositionFormat): string[] {
  const { name, help, type } = family;
  const series = type === 'counter' ? `${name}_total` : name;
  // The older format names the series, OpenMetrics the family.
  const described = format === 'openmetrics' ? name : series;
  const head = [`# HELP ${described} ${escapeHelp(help, format)}`, `# TYPE ${described} ${type}`];
  if (family.type === 'histogram') {
    return [...head, ...family.samples.flatMap(({ labels, value }) => histogramLines(name, labels, value))];
  }
  return [...head, ...family.samples.map(({ labels, value }) => `${series}${labelText(labels)} ${numberText(value)}`)];
}

function histogramLines(name: string, labels: Labels, value: HistogramValue): string[] {
  const { bounds, cumulative, count, sum } = value;
  const bucket = (le: string, upTo: number): string => `${name}_bucket${labelText({ ...labels, le })} ${upTo}`;
  return [
    ...bounds.map((bound, at) => bucket(boundText(bound), cumulative[at] ?? 0)),
    bucket('+Inf', count),
    `${name}_sum${labelText(labels)} ${numberText(sum)}`,
    `${name}_count${labelText(labels)} ${count}`,
  ];
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
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
