import { nearestWord } from '../../errors/index.js';
import type { BrokerServer } from '../connection/server.js';
import type { Topology } from '../topology/topology.js';
import { adopt, type DeclaredEntry, declareExisting, exchangeEntry, queueEntry } from './declared-entry.js';
import type { Difference } from './difference.js';
import { missingExchangeType } from './exchange-types.js';
import { parseInequality } from './inequality.js';
import { Questions, type QuestionsOptions } from './questions.js';
import { releaseDifferences, transientDifference } from './release-checks.js';

const NOT_FOUND = 404;
/** More than any entry has properties and arguments. */
const MOST_ROUNDS = 40;

export interface ComparisonOptions extends Omit<QuestionsOptions, 'memory'> {
  readonly topology: Topology;
  readonly consumers: readonly { readonly queue: string; readonly path: string }[];
}

export interface ComparisonResult {
  readonly server: BrokerServer;
  readonly differences: readonly Difference[];
}

/**
 * Compares the file with a live broker and changes nothing there. A passive declaration tells whether an entry exists, not
 * with which arguments; so an entry that exists is declared as the file has it, which the broker refuses, naming the
 * difference, or accepts without effect.
 *
 * @throws BrokerError `BROKER_REFUSED`, `BROKER_UNREACHABLE`
 */
export async function compareWithBroker({
  topology,
  consumers,
  ...options
}: ComparisonOptions): Promise<ComparisonResult> {
  const questions = await Questions.open(options);
  try {
    const differences: Difference[] = [];
    for (const exchange of topology.exchanges) {
      differences.push(...(await exchangeDifferences(exchangeEntry(exchange), questions)));
    }
    for (const queue of topology.queues) {
      const found = await entryDifferences(queueEntry(queue), questions);
      const transient = transientDifference(queue, questions.server);
      if (transient !== undefined) differences.push(transient);
      differences.push(...found.differences, ...(found.isMissing ? releaseDifferences(queue, questions.server) : []));
    }
    for (const use of usesOf(topology, consumers))
      differences.push(...(await useDifferences(use, topology, questions)));
    return { server: questions.server, differences };
  } finally {
    await questions.close();
  }
}

interface EntryComparison {
  readonly isMissing: boolean;
  readonly differences: readonly Difference[];
}

async function exchangeDifferences(entry: DeclaredEntry, questions: Questions): Promise<readonly Difference[]> {
  const missing = entry.passive ? undefined : await missingExchangeType(entry, questions);
  return missing === undefined ? (await entryDifferences(entry, questions)).differences : [missing];
}

async function entryDifferences(entry: DeclaredEntry, questions: Questions): Promise<EntryComparison> {
  const { kind, name, path, passive } = entry;
  const existence = await questions.existence(kind, name);
  if (existence === 'missing') {
    const message = `is passive, and the broker has no ${kind} "${name}"`;
    return { isMissing: true, differences: passive ? [{ severity: 'problem', entry: path, message }] : [] };
  }
  if (existence !== 'exists') {
    return { isMissing: false, differences: [{ severity: 'problem', entry: path, message: refused(existence.text) }] };
  }
  return { isMissing: false, differences: passive ? [] : await inequalities(entry, questions) };
}

/** The broker names one difference for each declaration; with its own value in that place it names the next. */
async function inequalities(entry: DeclaredEntry, questions: Questions): Promise<Difference[]> {
  const found: Difference[] = [];
  let declared: DeclaredEntry | undefined = entry;
  for (let round = 0; declared !== undefined && round < MOST_ROUNDS; round++) {
    const asked: DeclaredEntry = declared;
    const words = await questions.ask((channel) => declareExisting(channel, asked));
    if (words === undefined || words.code === NOT_FOUND) break;
    const inequality = parseInequality(words.text);
    if (inequality === undefined || found.some(({ key }) => key === inequality.name)) {
      found.push({ severity: 'problem', entry: entry.path, message: refused(words.text) });
      break;
    }
    const { name, received, current } = inequality;
    const [file, broker] = [shown(name, received), shown(name, current)];
    const message = `${name} is ${file} in the file and ${broker} on the broker: ${words.text}`;
    found.push({ severity: 'problem', entry: entry.path, key: name, message });
    declared = adopt(asked, inequality);
  }
  return found;
}

/** A queue without a type is classic, for which the broker says `none`. */
function shown(name: string, value: string): string {
  if (value !== 'none') return value;
  return name === 'x-queue-type' ? 'classic' : 'not set';
}

/** An exchange or a queue that the file uses and does not declare. */
interface Use {
  readonly kind: 'exchange' | 'queue';
  readonly name: string;
  readonly entry: string;
  readonly key: string;
  /** A missing dead-letter exchange stops nothing; a missing source of a binding does. */
  readonly severity: Difference['severity'];
}

function usesOf({ exchanges, queues }: Topology, consumers: ComparisonOptions['consumers']): Use[] {
  const declared = new Set(exchanges.map(({ exchange }) => exchange));
  const declaredQueues = new Set(queues.map(({ queue }) => queue));
  const uses = [
    ...[...exchanges, ...queues].flatMap(({ bindings, path }) =>
      bindings.map(({ exchange }, index): Use => {
        return {
          kind: 'exchange',
          name: exchange,
          entry: `${path}.bindings[${index}]`,
          key: 'exchange',
          severity: 'problem',
        };
      }),
    ),
    ...exchanges.flatMap(({ arguments: args, path }) => argumentUse(args, 'alternate-exchange', path)),
    ...queues.flatMap(({ arguments: args, path }) => argumentUse(args, 'x-dead-letter-exchange', path)),
  ];
  return [
    ...uses.filter(({ name }) => name !== '' && !declared.has(name)),
    ...consumers
      .filter(({ queue }) => !declaredQueues.has(queue))
      .map(({ queue, path }): Use => ({ kind: 'queue', name: queue, entry: path, key: 'queue', severity: 'problem' })),
  ];
}

function argumentUse(args: Readonly<Record<string, unknown>>, key: string, entry: string): Use[] {
  const name = args[key];
  return typeof name === 'string' ? [{ kind: 'exchange', name, entry, key, severity: 'warning' }] : [];
}

async function useDifferences(
  { kind, name, entry, key, severity }: Use,
  { exchanges, queues }: Topology,
  questions: Questions,
): Promise<Difference[]> {
  const existence = await questions.existence(kind, name);
  if (existence === 'exists') return [];
  if (existence !== 'missing') return [{ severity: 'problem', entry, key, message: refused(existence.text) }];
  const declared = kind === 'queue' ? queues.map(({ queue }) => queue) : exchanges.map(({ exchange }) => exchange);
  const near = nearestWord(name, declared);
  const meant = near === undefined ? '' : `, did you mean "${near}"?`;
  return [
    { severity, entry, key, message: `is "${name}", and neither the file nor the broker has that ${kind}${meant}` },
  ];
}

function refused(words: string): string {
  return `is refused by the broker: ${words}`;
}
