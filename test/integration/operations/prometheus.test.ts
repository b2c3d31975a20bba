import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { DaemonHttp } from '../../support/daemon/scrape.js';
import { PATIENCE_MS } from '../../support/daemon/stage.js';
import { findPrometheus, type PrometheusTools } from '../../support/installs/prometheus-tools.js';
import { isRecord } from '../../support/json-record.js';
import { freePorts } from '../../support/network/free-port.js';
import { environmentForChild } from '../../support/processes/child-environment.js';
import { GuardedProcess } from '../../support/processes/guarded-process.js';
import { waitFor } from '../../support/wait.js';

const ROOT = new URL('../../../../', import.meta.url);
const RULES = fileURLToPath(new URL('config/prometheus/alerts.yml', ROOT));
const RULE_TESTS = fileURLToPath(new URL('test/integration/operations/alerts.yml', ROOT));
const DASHBOARD = fileURLToPath(new URL('config/grafana/amqp-dispatcher.json', ROOT));
const HOSTILE = 'a "queue" \\ with {all="of"} it';

let tools: Promise<PrometheusTools> | undefined;

/** Undefined: the test is skipped, and says why. */
async function prometheusFor(t: TestContext): Promise<PrometheusTools | undefined> {
  tools ??= findPrometheus();
  return tools.catch((error: unknown) => {
    t.skip(`needs Prometheus: ${String(error)}`);
    return undefined;
  });
}

async function promtool({ promtool: program }: PrometheusTools, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  return `${output}exit code ${code}`;
}

/** A daemon with an entry of each kind, which has handled messages. */
async function busyDaemon(t: TestContext): Promise<DaemonHttp> {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: HOSTILE }, { queue: 'batches' }],
      consumers: [
        { consumer: `${fixture('consumers.mjs')}:Acks`, queue: HOSTILE },
        { consumer: `${fixture('batches.mjs')}:Batching`, queue: 'batches', batch: { size: 2, wait: '10ms' } },
      ],
      http: { listen: '127.0.0.1:0' },
    },
  });
  await daemon.ready(PATIENCE_MS);
  for (const id of ['a', 'b', 'c']) await vhost.publish(HOSTILE, id);
  await vhost.publish('batches', { id: 1 });
  const http = await DaemonHttp.of(daemon);
  await waitFor(async () => (await http.scrape()).value('messages_total', { outcome: 'ack' }) === 4, { what: 'acks' });
  return http;
}

test('promtool finds nothing wrong with the metrics', async (t) => {
  const found = await prometheusFor(t);
  if (found === undefined) return;
  const http = await busyDaemon(t);
  assert.equal(await promtool(found, ['check', 'metrics'], await http.text('/metrics')), 'exit code 0');
});

test('promtool finds nothing wrong with the alert rules, and they fire when they should', async (t) => {
  const found = await prometheusFor(t);
  if (found === undefined) return;
  assert.match(await promtool(found, ['check', 'rules', RULES]), /SUCCESS: \d+ rules found\s+exit code 0$/);
  assert.match(await promtool(found, ['test', 'rules', RULE_TESTS]), /SUCCESS\s+exit code 0$/);
});

test('Prometheus scrapes a daemon as OpenMetrics, and answers every query of the alerts and the dashboard', async (t) => {
  const found = await prometheusFor(t);
  if (found === undefined) return;
  const http = await busyDaemon(t);
  const openMetrics = await http.text('/metrics', { accept: 'application/openmetrics-text; version=1.0.0' });
  assert.ok(openMetrics.endsWith('\n# EOF\n'));
  const api = await startPrometheus(t, found, new URL(http.origin).host);
  await waitFor(async () => (await api.query('up'))[0] === '1', { timeoutMs: PATIENCE_MS, what: 'a scrape' });
  const hostile = JSON.stringify(HOSTILE);
  assert.deepEqual(await api.query(`amqp_dispatcher_messages_total{queue=${hostile},outcome="ack"}`), ['3']);
  assert.deepEqual(await api.query('amqp_dispatcher_batch_size_count'), ['1']);

  const rules = await api.get('/api/v1/rules');
  assert.match(rules, /"AmqpDispatcherNoProgress"/);
  assert.doesNotMatch(rules, /"lastError":"[^"]/);
  const queries = queriesOf(JSON.parse(await readFile(DASHBOARD, 'utf8')));
  assert.ok(queries.length > 25, `${queries.length} queries`);
  for (const query of queries) {
    const filled = query.replaceAll('$__rate_interval', '1m').replaceAll(/\$\w+/g, '.*');
    await api.query(filled);
  }
});

test('the dashboard and the alert rules name only metrics and labels that a daemon has', async (t) => {
  const { series } = await (await busyDaemon(t)).scrape();
  const names = new Set(series.map(({ name }) => name));
  const dashboard = queriesOf(JSON.parse(await readFile(DASHBOARD, 'utf8'))).join('\n');
  for (const text of [dashboard, await readFile(RULES, 'utf8')]) {
    const used = [...text.matchAll(/\b(?:amqp_dispatcher|process)_\w+/g)].map(([name]) => name);
    assert.ok(used.length > 10, `${used.length} names`);
    assert.deepEqual(
      used.filter((name) => !names.has(name)),
      [],
    );
  }
  // Prometheus adds `instance`, and histograms have `le`.
  const labels = new Set(['instance', 'le', ...series.flatMap((each) => Object.keys(each.labels))]);
  const grouped = [...dashboard.matchAll(/\bby \(([\w, ]*)\)/g)].flatMap(([, list = '']) => list.split(/, ?/));
  assert.deepEqual(
    grouped.filter((label) => label !== '' && !labels.has(label)),
    [],
  );
});

interface PrometheusApi {
  get(path: string): Promise<string>;
  /** The values of a query; fails if Prometheus refuses it. */
  query(expression: string): Promise<unknown[]>;
}

async function startPrometheus(t: TestContext, found: PrometheusTools, target: string): Promise<PrometheusApi> {
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
  const [port = 0] = await freePorts(1);
  const configFile = join(folder, 'prometheus.yml');
  const config = {
    global: { scrape_interval: '500ms', evaluation_interval: '1s' },
    rule_files: [RULES],
    scrape_configs: [{ job_name: 'amqp-dispatcher', static_configs: [{ targets: [target] }] }],
  };
  // JSON is YAML.
  await writeFile(configFile, JSON.stringify(config));
  const flags = [
    `--config.file=${configFile}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const prometheus = await GuardedProcess.start({
    command: [found.prometheus, ...flags],
    env: environmentForChild(),
    cwd: folder,
    logFile: join(folder, 'log'),
  });
  t.after(async () => {
    await prometheus.end('SIGTERM');
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  const origin = `http://127.0.0.1:${port}`;
  const get = async (path: string): Promise<string> => (await fetch(origin + path)).text();
  await waitFor(
    () =>
      fetch(`${origin}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    { timeoutMs: PATIENCE_MS, what: 'Prometheus' },
  );
  return {
    get,
    query: async (expression) => {
      const answer: unknown = JSON.parse(await get(`/api/v1/query?query=${encodeURIComponent(expression)}`));
      assert.ok(isRecord(answer) && answer['status'] === 'success', `${expression}: ${JSON.stringify(answer)}`);
      const { data } = answer;
      const result = isRecord(data) ? data['result'] : undefined;
      return Array.isArray(result)
        ? result.map((each: unknown) => (isRecord(each) && Array.isArray(each['value']) ? each['value'][1] : undefined))
        : [];
    },
  };
}

/** Every `expr` in a document. */
function queriesOf(document: unknown): string[] {
  if (Array.isArray(document)) return document.flatMap(queriesOf);
  if (!isRecord(document)) return [];
  return Object.entries(document).flatMap(([key, value]) =>
    key === 'expr' && typeof value === 'string' ? [value] : queriesOf(value),
  );
}
