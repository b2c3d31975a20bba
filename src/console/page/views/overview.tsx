import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import type { LiveEntry, LiveReport } from '../../api.js';
import { useDaemon } from '../feed/use-daemon.js';
import { count, duration, latency, NONE, plural, rate } from '../format.js';
import { Badge } from '../parts/badge.js';
import { Chart } from '../parts/chart.js';
import { type Problem, problemsOf } from './problems.js';

const MOST_PROBLEMS = 8;

/** Is it healthy, and how fast is it? */
export function OverviewView(): VNode {
  const { report, failures } = useDaemon();
  if (report === undefined) return <></>;
  return (
    <div class="stack">
      <Problems problems={problemsOf(report, failures)} />
      <Figures report={report} />
      <Charts />
      <Facts report={report} />
    </div>
  );
}

function Problems({ problems }: { readonly problems: readonly Problem[] }): VNode {
  const serious = problems.filter(({ tone }) => tone !== 'calm');
  // Screen readers announce a change of problems, not the same ones every second.
  const kinds = serious.map(({ key }) => key).join('\n');
  const spoken = useMemo(
    () => (serious.length === 0 ? 'Nothing is wrong.' : `${plural(serious.length, 'problem')}: ${serious[0]?.text}`),
    [kinds],
  );
  const hidden = problems.length - MOST_PROBLEMS;
  return (
    <section aria-label="What is wrong now" class={serious.length === 0 ? 'problems panel fine' : 'problems panel'}>
      <p class="unseen" role="status">
        {spoken}
      </p>
      {serious.length === 0 && <p class="all-well">Nothing is wrong.</p>}
      <ul>
        {problems.slice(0, MOST_PROBLEMS).map(({ key, tone, text, route }) => (
          <li key={key} class={tone}>
            <a href={`#/${route}`}>{text}</a>
          </li>
        ))}
      </ul>
      {hidden > 0 && <p class="more">and {count(hidden)} more</p>}
    </section>
  );
}

function Figures({ report }: { readonly report: LiveReport }): VNode {
  const { history } = useDaemon();
  const { entries } = report;
  const { p50Ms = null, p95Ms = null } = history.at(-1) ?? {};
  const failedRate = sum(entries, (entry) => entry.failedRate);
  const oldestMs = Math.max(0, ...entries.map((entry) => entry.oldestMs));
  return (
    <dl class="figures">
      <Figure name="Done" value={`${rate(sum(entries, (entry) => entry.doneRate))}/s`} />
      <Figure name="Failed" value={`${rate(failedRate)}/s`} isBad={failedRate > 0} />
      <Figure name="p50" value={latency(p50Ms)} />
      <Figure name="p95" value={latency(p95Ms)} />
      <Figure name="Running" value={count(sum(entries, (entry) => entry.running))} />
      <Figure name="Oldest" value={oldestMs === 0 ? NONE : duration(oldestMs)} />
      <Figure name="Waiting" value={count(sum(entries, (entry) => entry.waiting))} />
    </dl>
  );
}

function Figure({
  name,
  value,
  isBad = false,
}: {
  readonly name: string;
  readonly value: string;
  readonly isBad?: boolean;
}): VNode {
  return (
    <div class={isBad ? 'figure bad' : 'figure'}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Charts(): VNode {
  const { history } = useDaemon();
  const times = useMemo(() => history.map(({ at }) => at), [history]);
  const lines = useMemo(
    () => ({
      rates: [
        { name: 'done', color: '--line-done', values: history.map(({ doneRate }) => doneRate) },
        { name: 'failed', color: '--line-failed', values: history.map(({ failedRate }) => failedRate) },
      ],
      times: [
        { name: 'p50', color: '--line-p50', values: history.map(({ p50Ms }) => p50Ms) },
        { name: 'p95', color: '--line-p95', values: history.map(({ p95Ms }) => p95Ms) },
      ],
      held: [
        { name: 'running', color: '--line-running', values: history.map(({ running }) => running) },
        { name: 'waiting', color: '--line-waiting', values: history.map(({ waiting }) => waiting) },
      ],
    }),
    [history],
  );
  return (
    <div class="charts">
      <Chart title="Messages per second" times={times} lines={lines.rates} format={rate} />
      <Chart title="Time in consume" times={times} lines={lines.times} format={latency} />
      <Chart title="Messages in the daemon" times={times} lines={lines.held} format={count} />
    </div>
  );
}

function Facts({ report }: { readonly report: LiveReport }): VNode {
  const { connections, broker, version, node, pid, uptimeMs, phase } = report;
  const { consumer, publisher } = connections;
  return (
    <section class="panel" aria-label="The daemon">
      <h2>The daemon</h2>
      <dl class="facts">
        <Fact name="Phase">
          <Badge tone={phase === 'running' ? 'good' : 'warn'}>{phase}</Badge>
        </Fact>
        <Fact name="Consumer connection">
          <Badge tone={consumer.isConnected ? 'good' : 'bad'}>{consumer.isConnected ? 'open' : 'not connected'}</Badge>
        </Fact>
        <Fact name="Publisher connection">
          <Badge tone={publisher.isBlocked ? 'bad' : publisher.isConnected ? 'good' : 'calm'}>
            {publisher.isBlocked ? 'blocked' : publisher.isConnected ? 'open' : 'not open'}
          </Badge>
        </Fact>
        <Fact name="Broker">{broker ?? NONE}</Fact>
        <Fact name="Version">{version}</Fact>
        <Fact name="Node.js">{node}</Fact>
        <Fact name="Process">{String(pid)}</Fact>
        <Fact name="Up for">{duration(uptimeMs)}</Fact>
      </dl>
    </section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: VNode | string }): VNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function sum(entries: readonly LiveEntry[], read: (entry: LiveEntry) => number): number {
  return entries.reduce((total, entry) => total + read(entry), 0);
}
