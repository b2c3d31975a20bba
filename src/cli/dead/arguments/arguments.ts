import yargs from 'yargs';
import { isEverything } from '../../../dead/index.js';
import { wrongBoolean } from '../../boolean-flags.js';
import { runParser, type Unperformed } from '../../command-line.js';
import { COMMAND_LIST, withAdvice, wrongDeadCommand } from './advice.js';
import type { DeadCommand } from './dead-command.js';
import { countOf, last, outputOf, selectionOf, target, wordsOf, writtenOf } from './given.js';
import { DEAD_HELP as HELP } from './help.js';

/** The outcome of reading the words after `amqp-dispatcher dead`. */
export type ParsedDeadCommandLine = { readonly kind: 'run'; readonly command: DeadCommand } | Unperformed;

const BOOLEANS = ['dry-run', 'yes', 'remove', 'resume', 'help'];
const HELP_HINT = 'amqp-dispatcher dead --help shows every command and flag';

const text = { type: 'string', requiresArg: true } as const;
const texts = { type: 'string', array: true, requiresArg: true } as const;
const flag = { type: 'boolean', default: false } as const;
const common = {
  queue: { ...text, alias: 'q', describe: HELP.queueFlag },
  config: { ...text, alias: 'c', describe: HELP.config },
} as const;
const formatted = {
  ...common,
  format: { ...text, describe: HELP.format },
} as const;
const filters = {
  where: { ...texts, describe: HELP.where },
  older: { ...text, describe: HELP.older },
  newer: { ...text, describe: HELP.newer },
} as const;
const selecting = {
  id: { ...texts, describe: HELP.id },
  ...filters,
  limit: { ...text, describe: HELP.limit },
} as const;
const dryRun = { ...flag, describe: HELP.dryRun } as const;
const yes = { ...flag, alias: 'y', describe: HELP.yes } as const;
const first = { type: 'string', describe: HELP.queue } as const;

/** Reads the words after `amqp-dispatcher dead`. */
export async function readDeadArguments(args: readonly string[]): Promise<ParsedDeadCommandLine> {
  const wrong = wrongBoolean(args, BOOLEANS) ?? wrongDeadCommand(args);
  if (wrong !== undefined) return { kind: 'usage', message: `${wrong}\n${HELP_HINT}` };
  const { command, output, error } = await parse(args);
  if (error !== undefined) return { kind: 'usage', message: `${withAdvice(error, args)}\n${HELP_HINT}` };
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
      'list [QUEUE]',
      HELP.list,
      (inner) =>
        inner
          .positional('QUEUE', { ...first, describe: HELP.listQueue })
          .options({ ...selecting, ...formatted, config: { ...common.config, describe: HELP.configOfAll } })
          .example(HELP.listExamples),
      (given) => {
        const selection = selectionOf(given);
        const limit = countOf(given.limit);
        if (given.QUEUE === undefined && given.queue === undefined) {
          if (!isEverything(selection) || limit !== undefined) throw new Error('filters need a QUEUE');
          command = { kind: 'overview', ...outputOf(given) };
          return;
        }
        const { queue } = target(wordsOf(given.QUEUE), given.queue);
        command = { kind: 'list', queue, selection, limit, ...outputOf(given) };
      },
    )
    .command(
      'show [QUEUE] [ID]',
      HELP.show,
      (inner) =>
        inner
          .positional('QUEUE', first)
          .positional('ID', { type: 'string', describe: HELP.showId })
          .options({ ...filters, ...formatted })
          .example(HELP.showExamples),
      (given) => {
        const { queue, rest } = target(wordsOf(given.QUEUE, given.ID), given.queue, 1);
        command = { kind: 'show', queue, selection: selectionOf({ ...given, id: rest }), ...outputOf(given) };
      },
    )
    .command(
      'browse [QUEUE]',
      HELP.browse,
      (inner) =>
        inner
          .positional('QUEUE', { ...first, describe: HELP.browseQueue })
          .options({ ...filters, ...common, config: { ...common.config, describe: HELP.configOfAll } })
          .example(HELP.browseExamples)
          .epilogue(HELP.browseEpilogue),
      (given) => {
        const selection = selectionOf(given);
        if (given.QUEUE === undefined && given.queue === undefined) {
          if (!isEverything(selection)) throw new Error('filters need a QUEUE');
          command = { kind: 'browseAll', ...outputOf(given) };
          return;
        }
        const { queue } = target(wordsOf(given.QUEUE), given.queue);
        command = { kind: 'browse', queue, selection, written: writtenOf(given), ...outputOf(given) };
      },
    )
    .command(
      'replay [QUEUE]',
      HELP.replay,
      (inner) =>
        inner
          .positional('QUEUE', first)
          .options({ ...selecting, to: { ...text, describe: HELP.to }, 'dry-run': dryRun, ...formatted })
          .example(HELP.replayExamples)
          .epilogue(HELP.replayEpilogue),
      (given) => {
        const { queue } = target(wordsOf(given.QUEUE), given.queue);
        command = {
          kind: 'replay',
          queue,
          selection: selectionOf(given),
          limit: countOf(given.limit),
          isDryRun: given['dry-run'],
          target: last(given.to),
          ...outputOf(given),
        };
      },
    )
    .command(
      'delete [QUEUE]',
      HELP.delete,
      (inner) =>
        inner
          .positional('QUEUE', first)
          .options({ ...selecting, 'dry-run': dryRun, yes, ...formatted })
          .example(HELP.deleteExamples)
          .epilogue(HELP.deleteEpilogue),
      (given) => {
        const { queue } = target(wordsOf(given.QUEUE), given.queue);
        const selection = selectionOf(given);
        const limit = countOf(given.limit);
        if (isEverything(selection) && limit === undefined) {
          throw new Error('name the messages to delete: --id, --where, --older, --newer or --limit; purge deletes all');
        }
        const isDryRun = given['dry-run'];
        command = { kind: 'delete', queue, selection, limit, isDryRun, isConfirmed: given.yes, ...outputOf(given) };
      },
    )
    .command(
      'purge [QUEUE]',
      HELP.purge,
      (inner) =>
        inner
          .positional('QUEUE', first)
          .options({ yes, ...formatted })
          .example(HELP.purgeExamples),
      (given) => {
        const { queue } = target(wordsOf(given.QUEUE), given.queue);
        command = { kind: 'purge', queue, isConfirmed: given.yes, ...outputOf(given) };
      },
    )
    .command(
      'export [QUEUE]',
      HELP.export,
      (inner) =>
        inner
          .positional('QUEUE', first)
          .options({
            ...selecting,
            output: { ...text, alias: 'o', describe: HELP.output },
            remove: { ...flag, describe: HELP.remove },
            ...common,
          })
          .example(HELP.exportExamples)
          .epilogue(HELP.exportEpilogue),
      (given) => {
        const { queue } = target(wordsOf(given.QUEUE), given.queue);
        const output = last(given.output);
        if (given.remove && output === undefined) throw new Error('--remove needs --output FILE');
        const limit = countOf(given.limit);
        const selection = selectionOf(given);
        command = { kind: 'export', queue, selection, limit, output, removes: given.remove, ...outputOf(given) };
      },
    )
    .command(
      'import [QUEUE] [FILE]',
      HELP.import,
      (inner) =>
        inner
          .positional('QUEUE', first)
          .positional('FILE', { type: 'string', describe: HELP.file })
          .options({ resume: { ...flag, describe: HELP.resume }, ...formatted })
          .example(HELP.importExamples)
          .epilogue(HELP.importEpilogue),
      (given) => {
        const { queue, rest } = target(wordsOf(given.QUEUE, given.FILE), given.queue, 1);
        // yargs turns a word `-` into an empty one.
        const file = rest[0] === '' && args.includes('-') ? '-' : rest[0];
        if (file === undefined || file === '') throw new Error('expected a FILE to import, or - for standard input');
        command = { kind: 'import', queue, file, skipsPresent: given.resume, ...outputOf(given) };
      },
    )
    .demandCommand(1, `expected ${COMMAND_LIST}`)
    .example(HELP.examples)
    .epilogue(HELP.epilogue)
    .parserConfiguration({ 'parse-positional-numbers': false, 'parse-numbers': false, 'greedy-arrays': false })
    .strict()
    .version(false)
    .help()
    .alias('help', 'h')
    .wrap(100)
    .locale('en')
    .exitProcess(false);
  const outcome = await runParser(parser, args);
  return { command, ...outcome };
}
