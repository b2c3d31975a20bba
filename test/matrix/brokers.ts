import { messageOf } from '../../src/errors/index.js';
import { TEST_RABBITMQ } from '../support/installs/rabbitmq-program.js';
import { TEST_LENGTH } from '../support/test-length.js';
import { findBrokers } from './broker-choice.js';
import { type BrokersArguments, readBrokersArguments, USAGE } from './brokers-arguments.js';
import { allPassed, formatMatrix, type MatrixRow } from './matrix-table.js';
import { runSuite, type SuiteOutcome } from './suite-run.js';

/** `npm run test:brokers`: the integration and fault tests against each RabbitMQ that this machine can install. */

async function main(args: readonly string[]): Promise<number> {
  const asked = read(args);
  if (asked === undefined) return 2;
  const { only, suites, parts, full } = asked;
  const ending = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort());
  const rows: MatrixRow[] = [];
  for (const { name, choice, missing } of await findBrokers(only)) {
    const outcomes = new Map<string, SuiteOutcome>();
    if (missing !== undefined) {
      console.log(`${name}: ${missing}`);
      rows.push({ name, outcomes, missing });
      continue;
    }
    const env = { [TEST_RABBITMQ]: choice, [TEST_LENGTH]: full ? 'full' : 'short' };
    for (const suite of suites) {
      if (ending.signal.aborted) break;
      console.log(`\n=== ${suite} on RabbitMQ ${name}`);
      outcomes.set(suite, await runSuite({ suite, parts, env, signal: ending.signal }));
    }
    rows.push({ name, outcomes });
  }
  console.log(`\n${formatMatrix('RabbitMQ', suites, rows)}`);
  const lacking = only !== undefined && rows.some(({ missing }) => missing !== undefined);
  return allPassed(rows) && !lacking && !ending.signal.aborted ? 0 : 1;
}

function read(args: readonly string[]): BrokersArguments | undefined {
  try {
    return readBrokersArguments(args);
  } catch (error) {
    console.error(`${messageOf(error)}\n${USAGE}`);
    return undefined;
  }
}

process.exitCode = await main(process.argv.slice(2));
