import yargs from 'yargs';
import { type Condition, deadNameOf, EVERYTHING, parseCondition, type Selection } from '../../dead/index.js';
import { messageOf } from '../../errors/index.js';
import { wrongBoolean } from '../boolean-flags.js';
import { DEAD_HELP as HELP } from './help.js';

/** The output format for messages. */
export type DeadFormat = 'table' | 'json';

interface Common {
  readonly queue: string;
  /** `undefined`: a table on a terminal, otherwise JSON. */
  readonly format: DeadFormat | undefined;
  /** The file to take `connection:` from; absent: AMQP_DISPATCHER_CONFIG, or none. */
  readonly config: string | undefined;
}

/** A command on a dead queue. */
export type DeadCommand =
  | (Common & { readonly kind: 'list'; readonly selection: Selection; readonly limit: number | undefined })
  | (Common & { readonly kind: 'show'; readonly selection: Selection })
  | (Common & {
      readonly kind: 'replay';
      readonly selection: Selection;
      readonly limit: number | undefined;
      readonly isDryRun: boolean;
    })
  | (Common & { readonly kind: 'purge'; readonly isConfirmed: boolean });

/** The outcome of reading the words after `amqp-dispatcher dead`. */
export type ParsedDeadCommandLine =
  | { readonly kind: 'run'; readonly command: DeadCommand }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'usage'; readonly message: string };

const FORMATS: readonly DeadFormat[] = ['table', 'json'];
const BOOLEANS = ['dry-run', 'yes', 'help'];
const HELP_HINT = 'amqp-dispatcher dead --help shows every command and flag';
const common = {
  config: { alias: 'c', type: 'string', requiresArg: true, describe: HELP.config },
  format: { choices: FORMATS, requiresArg: true, describe: HELP.format },
} as const;
const where = { type: 'string', array: true, requiresArg: true, describe: HELP.where } as const;
const limit = { type: 'string', requiresArg: true, describe: HELP.limit } as const;

/** Reads the words after `amqp-dispatcher dead`. */
export async function readDeadArguments(args: readonly string[]): Promise<ParsedDeadCommandLine> {
  const wrong = wrongBoolean(args, BOOLEANS);
  if (wrong !== undefined) return { kind: 'usage', message: `${wrong}\n${HELP_HINT}` };
  const { command, output, error } = await parse(args);
  if (error !== undefined) return { kind: 'usage', message: `${error}\n${HELP_HINT}` };
  if (output !== '') return { kind: 'text', text: output };
  if (command === undefined) return { kind: 'usage', message: HELP_HINT };
  return { kind: 'run', command };
}

interface Parsed {
  readonly command: DeadCommand | undefined;
  readonly output: string;
  readonly error: string | undefined;
}

async function parse(args: readonly string[]): Promise<Parsed> {
  let command: DeadCommand | undefined;
  const parser = yargs()
    .scriptName('amqp-dispatcher dead')
    .usage(HELP.usage)
    .command(
      'list <queue>',
      HELP.list,
      (inner) =>
        inner
          .positional('queue', queue)
          .options({ where, limit, ...common })
          .example(HELP.listExamples),
      (given) => {
        command = {
          kind: 'list',
          ...commonOf(given),
          selection: selectionOf([], given.where),
          limit: countOf(given.limit),
        };
      },
    )
    .command(
      'show <queue> [id]',
      HELP.show,
      (inner) => inner.positional('queue', queue).positional('id', id).options(common).example(HELP.showExamples),
      (given) => {
        const ids = given.id === undefined ? [] : [given.id];
        command = { kind: 'show', ...commonOf(given), selection: { ...EVERYTHING, ids } };
      },
    )
    .command(
      'replay <queue>',
      HELP.replay,
      (inner) =>
        inner
          .positional('queue', queue)
          .options({
            id: { type: 'string', array: true, requiresArg: true, describe: HELP.id },
            where,
            limit,
            'dry-run': { type: 'boolean', default: false, describe: HELP.dryRun },
            ...common,
          })
          .example(HELP.replayExamples)
          .epilogue(HELP.replayEpilogue),
      (given) => {
        const selection = selectionOf(given.id, given.where);
        command = {
          kind: 'replay',
          ...commonOf(given),
          selection,
          limit: countOf(given.limit),
          isDryRun: given['dry-run'],
        };
      },
    )
    .command(
      'purge <queue>',
      HELP.purge,
      (inner) =>
        inner
          .positional('queue', queue)
          .options({ yes: { alias: 'y', type: 'boolean', default: false, describe: HELP.yes }, ...common })
          .example(HELP.purgeExamples),
      (given) => {
        command = { kind: 'purge', ...commonOf(given), isConfirmed: given.yes };
      },
    )
    .demandCommand(1, 'expected list, show, replay or purge')
    .example(HELP.examples)
    .epilogue(HELP.epilogue)
    .parserConfiguration({ 'parse-positional-numbers': false, 'parse-numbers': false, 'greedy-arrays': false })
    .strict()
    .version(false)
    .help()
    .wrap(100)
    .locale('en')
    .exitProcess(false);
  let output = '';
  let failure: string | undefined;
  try {
    await parser.parseAsync([...args], {}, (error, _argv, text) => {
      output = text;
      if (error !== undefined && error !== null) failure = error.message;
    });
  } catch (error) {
    failure ??= messageOf(error);
  }
  return { command, output, error: failure };
}

const queue = { type: 'string', demandOption: true, describe: HELP.queue } as const;
const id = { type: 'string', describe: HELP.showId } as const;

interface GivenCommon {
  readonly queue: string;
  readonly format?: DeadFormat | readonly DeadFormat[] | undefined;
  readonly config?: string | readonly string[] | undefined;
}

function commonOf(given: GivenCommon): Common {
  if (given.queue === '') throw new Error('the name of the queue is empty');
  return { queue: deadNameOf(given.queue), format: last(given.format), config: last(given.config) };
}

/** The last of several values wins, as for the daemon; yargs passes a list. */
function last<Value extends string>(given: Value | readonly Value[] | undefined): Value | undefined {
  return typeof given === 'object' ? given.at(-1) : given;
}

function selectionOf(ids: readonly string[] = [], conditions: readonly string[] = []): Selection {
  return { ids, conditions: conditions.map(conditionOf) };
}

function conditionOf(written: string): Condition {
  try {
    return parseCondition(written);
  } catch (error) {
    throw new Error(`--where: ${messageOf(error)}`, { cause: error });
  }
}

function countOf(given: string | readonly string[] | undefined): number | undefined {
  const written = last(given);
  if (written === undefined) return undefined;
  const count = Number(written);
  if (!/^\d+$/.test(written) || count < 1 || !Number.isSafeInteger(count)) {
    throw new Error(`--limit: "${written}" is not a number of messages (expected 1 or more)`);
  }
  return count;
}
