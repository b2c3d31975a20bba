import type { QueueDeclaration } from '../../../broker/index.js';
import { nearestWord } from '../../../errors/index.js';
import type { Configuration } from '../../configuration.js';
import { byRule, type Path } from '../../problem.js';
import type { Warning } from './queue-warnings.js';
import { whereSet } from './queue-warnings.js';

const DEAD_LETTER_EXCHANGE = 'x-dead-letter-exchange';
const DEAD_LETTER_ROUTING_KEY = 'x-dead-letter-routing-key';
const ALTERNATE_EXCHANGE = 'alternate-exchange';

type Topology = Pick<Configuration, 'exchanges' | 'queues'>;

/** Warns about exchanges and queues that a declaration uses and the file does not declare; `written` is the raw document. */
export function topologyWarnings({ exchanges, queues }: Topology, written: unknown): Warning[] {
  const declared = exchanges.map(({ exchange }) => exchange);
  const undeclared = (exchange: unknown, path: Path): Warning[] => {
    if (typeof exchange !== 'string' || isBuiltIn(exchange) || declared.includes(exchange)) return [];
    return [{ path, message: undeclaredName(exchange, declared) }];
  };
  const sections = [
    ['exchanges', exchanges],
    ['queues', queues],
  ] as const;
  const sources = sections.flatMap(([section, entries]) =>
    entries.flatMap(({ bindings }, index) =>
      bindings.flatMap(({ exchange }, at) => undeclared(exchange, [section, index, 'bindings', at, 'exchange'])),
    ),
  );
  const alternates = exchanges.flatMap(({ arguments: args }, index) =>
    undeclared(args[ALTERNATE_EXCHANGE], ['exchanges', index, 'arguments', ALTERNATE_EXCHANGE]),
  );
  const used = new Set([...exchanges, ...queues].flatMap(({ bindings }) => bindings.map(({ exchange }) => exchange)));
  const forwards = exchanges.filter((each) => ALTERNATE_EXCHANGE in each.arguments).map(({ exchange }) => exchange);
  const names = queues.map(({ queue }) => queue);
  const deadLetters = queues.map((queue, index) =>
    deadLetterWarnings(queue, {
      at: (argument) => whereSet(argument, ['queues', index], written),
      undeclared,
      isRouted: (exchange) => used.has(exchange) || forwards.includes(exchange),
      queues: names,
    }),
  );
  return [...byRule('undeclared-exchange', [...sources, ...alternates]), ...deadLetters.flat()];
}

const MOST_COMPARED = 300;

/** The sentence about a name that the file does not declare. */
export function undeclaredName(name: string, declared: readonly string[]): string {
  // Among more names, comparing each with each would take minutes.
  const near = declared.length > MOST_COMPARED ? undefined : nearestWord(name, declared);
  const meant = near === undefined ? '' : `, did you mean "${near}"?`;
  return `is "${name}", which this file does not declare${meant === '' ? '; it must exist already' : meant}`;
}

interface DeadLetterContext {
  readonly at: (argument: string) => Path;
  readonly undeclared: (exchange: unknown, path: Path) => Warning[];
  readonly isRouted: (exchange: string) => boolean;
  readonly queues: readonly string[];
}

function deadLetterWarnings({ arguments: args }: QueueDeclaration, context: DeadLetterContext): Warning[] {
  const exchange = args[DEAD_LETTER_EXCHANGE];
  const key = args[DEAD_LETTER_ROUTING_KEY];
  if (typeof exchange !== 'string') return [];
  const path = context.at(DEAD_LETTER_EXCHANGE);
  if (exchange === '') {
    if (typeof key !== 'string' || context.queues.includes(key)) return [];
    const warning = { path: context.at(DEAD_LETTER_ROUTING_KEY), message: undeclaredName(key, context.queues) };
    return byRule('undeclared-queue', [warning]);
  }
  const undeclared = context.undeclared(exchange, path);
  if (undeclared.length > 0) return byRule('undeclared-exchange', undeclared);
  if (context.isRouted(exchange)) return [];
  const message = `is "${exchange}", and this file binds nothing to that exchange: it may drop the dead letters`;
  return byRule('dead-letter', [{ path, message }]);
}

/** The broker has the default exchange and those whose names begin with `amq.`. */
function isBuiltIn(exchange: string): boolean {
  return exchange === '' || exchange.startsWith('amq.');
}
