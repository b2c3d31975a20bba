import { messageOf } from '../../src/errors/index.js';
import { findNode, type OtherNode } from '../support/installs/other-node.js';
import { allPassed, formatMatrix, type MatrixRow } from './matrix-table.js';
import { type NodesArguments, readNodesArguments, USAGE } from './nodes-arguments.js';
import { runSuite, type SuiteOutcome } from './suite-run.js';

/** `npm run test:nodes`: the unit tests, and the integration tests that depend on Node.js, on each Node.js. */

const SUITES: Readonly<Record<string, readonly string[]>> = {
  unit: [],
  integration: [
    'consuming',
    'publishing',
    'failures',
    'stopping',
    'package',
    'validating',
    'typescript',
    'metrics',
    'tracing',
  ],
};

async function main(args: readonly string[]): Promise<number> {
  const asked = read(args);
  if (asked === undefined) return 2;
  const ending = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort());
  const rows: MatrixRow[] = [];
  for (const major of asked.only) {
    if (ending.signal.aborted) break;
    rows.push(await rowOf(major, ending.signal));
  }
  const suites = Object.keys(SUITES);
  console.log(`\n${formatMatrix('Node.js', suites, rows)}`);
  const complete = rows.every(({ missing }) => missing === undefined);
  return allPassed(rows) && complete && !ending.signal.aborted ? 0 : 1;
}

async function rowOf(major: number, signal: AbortSignal): Promise<MatrixRow> {
  const outcomes = new Map<string, SuiteOutcome>();
  let node: OtherNode;
  try {
    node = await findNode(major);
  } catch (error) {
    return { name: String(major), outcomes, missing: `Node.js ${major} cannot be had: ${messageOf(error)}` };
  }
  for (const [suite, parts] of Object.entries(SUITES)) {
    if (signal.aborted) break;
    console.log(`\n=== ${suite} on Node.js ${node.version}`);
    outcomes.set(suite, await runSuite({ suite, parts, node: node.program, signal }));
  }
  return { name: node.version, outcomes };
}

function read(args: readonly string[]): NodesArguments | undefined {
  try {
    return readNodesArguments(args);
  } catch (error) {
    console.error(`${messageOf(error)}\n${USAGE}`);
    return undefined;
  }
}

process.exitCode = await main(process.argv.slice(2));
