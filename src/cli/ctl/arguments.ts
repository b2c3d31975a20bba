import yargs from 'yargs';
import type { Verb } from '../../control/index.js';
import { wrongBoolean } from '../boolean-flags.js';
import { runParser, type Unperformed } from '../command-line.js';
import { COMMAND_LIST, withAdvice, wrongCtlCommand } from './advice.js';

/** A command of `amqp-dispatcher ctl`. */
export interface CtlCommand {
  readonly verb: Verb;
  readonly args: Readonly<Record<string, unknown>>;
  readonly format: 'table' | 'json';
  readonly socket: string | undefined;
  readonly pid: number | undefined;
  /** Where a profile or heap snapshot goes; undefined: a new file in the working directory. */
  readonly out?: string | undefined;
  /** Of `stack`: it folds no frames. */
  readonly all?: boolean | undefined;
  /** Reports of `top`, whose verb is `live`; undefined: without end. */
  readonly count?: number | undefined;
}

/** The outcome of reading the words after `amqp-dispatcher ctl`. */
export type ParsedCtlCommandLine = { readonly kind: 'run'; readonly command: CtlCommand } | Unperformed;

const HELP_HINT = 'amqp-dispatcher ctl --help shows every command and flag';

const common = {
  format: { choices: ['table', 'json'], requiresArg: true, default: 'table', describe: 'output format' },
  socket: {
    type: 'string',
    requiresArg: true,
    describe: 'socket of the daemon [default: the only daemon in XDG_RUNTIME_DIR or the temporary folder]',
  },
  pid: { type: 'string', requiresArg: true, describe: 'process id of the daemon, if several run' },
} as const;

const thread = {
  type: 'string',
  demandOption: true,
  describe: 'number of the thread, as in status or running',
} as const;
const out = {
  type: 'string',
  requiresArg: true,
  describe: 'file to write; must not exist [default: a new one in this directory]',
} as const;

const entry = { type: 'string', demandOption: true, describe: 'name or queue of the entry, or QUEUE/NAME' } as const;

interface Given {
  readonly format: string;
  readonly socket: string | undefined;
  readonly pid: string | undefined;
}

/** Reads the words after `amqp-dispatcher ctl`. */
export async function readCtlArguments(args: readonly string[]): Promise<ParsedCtlCommandLine> {
  const wrong = wrongBoolean(args, ['help', 'all', 'hard']) ?? wrongCtlCommand(args);
  if (wrong !== undefined) return { kind: 'usage', message: `${wrong}\n${HELP_HINT}` };
  const { command, output, error } = await parse(args);
  if (error !== undefined) return { kind: 'usage', message: `${withAdvice(error, args)}\n${HELP_HINT}` };
  if (output !== '') return { kind: 'text', text: output };
  if (command === undefined) return { kind: 'usage', message: HELP_HINT };
  return { kind: 'run', command };
}

async function parse(
  args: readonly string[],
): Promise<{ command: CtlCommand | undefined; output: string; error: string | undefined }> {
  let command: CtlCommand | undefined;
  const take = (
    verb: Verb,
    given: Given & { readonly out?: string | undefined },
    verbArgs: CtlCommand['args'] = {},
  ): void => {
    if (given.out === '') throw new Error('--out: the path is empty');
    command = { verb, args: verbArgs, ...targetOf(given), out: given.out };
  };
  const parser = yargs()
    .scriptName('amqp-dispatcher ctl')
    .usage('$0 COMMAND [--format json]\n\nInspects and controls a running daemon on this machine.')
    .command('status', 'entries, threads, connections and versions', common, (given) => take('status', given))
    .command('running', 'the running messages, the longest first', common, (given) => take('running', given))
    .command(
      'top',
      'a live screen: rates, durations, threads; keys sort, filter and pause',
      (inner) =>
        inner.options({
          ...common,
          count: { type: 'string', requiresArg: true, describe: 'print this many reports, one a second, then exit' },
        }),
      (given) => {
        if (given.count !== undefined && !/^[1-9]\d{0,8}$/.test(given.count))
          throw new Error(`--count: "${given.count}" is not a whole number above 0`);
        command = {
          verb: 'live',
          args: {},
          ...targetOf(given),
          count: given.count === undefined ? undefined : Number(given.count),
        };
      },
    )
    .command(
      'pause <entry>',
      'stop taking messages for an entry: running ones finish, waiting ones go back to the queue',
      (inner) => inner.positional('entry', entry).options(common),
      (given) => take('pause', given, { entry: given.entry }),
    )
    .command(
      'resume [entry]',
      'subscribe again',
      (inner) =>
        inner
          .positional('entry', { type: 'string', describe: entry.describe })
          .options({ ...common, all: { type: 'boolean', default: false, describe: 'every entry' } }),
      (given) => {
        if ((given.entry === undefined) !== given.all) throw new Error('expected ENTRY or --all');
        take('resume', given, given.all ? { all: true } : { entry: given.entry });
      },
    )
    .command('quiet', 'pause every entry; resume --all undoes it', common, (given) => take('quiet', given))
    .command(
      'set <entry> <key> <value>',
      'change a setting until the daemon stops: prefetch N, rate 50/s or off, log-level LEVEL',
      (inner) =>
        inner
          .positional('entry', entry)
          .positional('key', { type: 'string', demandOption: true, describe: 'prefetch, rate or log-level' })
          .positional('value', {
            type: 'string',
            demandOption: true,
            describe: '20; 50/s, 100/m, 1000/h or off; debug',
          })
          .options(common),
      (given) => take('set', given, { entry: given.entry, key: given.key, value: given.value }),
    )
    .command(
      'abort <id>',
      'abort the signal of a running message; with --hard, end its thread',
      (inner) =>
        inner.positional('id', { type: 'string', demandOption: true, describe: 'ID column of running' }).options({
          ...common,
          hard: {
            type: 'boolean',
            default: false,
            describe: 'end its thread: the message fails, the others there go back to their queues',
          },
        }),
      (given) => {
        if (!/^[1-9]\d{0,15}$/.test(given.id)) throw new Error(`"${given.id}" is not an id (running lists them)`);
        take('abort', given, { id: Number(given.id), hard: given.hard });
      },
    )
    .command(
      'recycle [group]',
      'replace threads one after another; each finishes its messages',
      (inner) =>
        inner
          .positional('group', { type: 'string', describe: 'group of threads, as in status; default: all' })
          .options(common),
      (given) => take('recycle', given, { group: given.group }),
    )
    .command(
      'stack <thread>',
      'where the JavaScript of a thread is now, even in an endless loop',
      (inner) =>
        inner.positional('thread', thread).options({
          ...common,
          all: { type: 'boolean', default: false, describe: 'also the frames of Node.js and of the daemon' },
        }),
      (given) => {
        command = { verb: 'stack', args: { thread: threadOf(given.thread) }, ...targetOf(given), all: given.all };
      },
    )
    .command(
      'profile <thread>',
      'write a .cpuprofile of a thread, for the Performance panel of Chrome DevTools',
      (inner) =>
        inner.positional('thread', thread).options({
          ...common,
          for: { type: 'string', requiresArg: true, default: '10s', describe: 'how long to sample, at most 5m' },
          out,
        }),
      (given) => take('profile', given, { thread: threadOf(given.thread), for: given.for }),
    )
    .command(
      'heap <thread>',
      'write a .heapsnapshot of a thread, for the Memory panel of Chrome DevTools: the thread stops for seconds, ' +
        'and the process needs up to 20 times the heap in memory; the file contains messages',
      (inner) => inner.positional('thread', thread).options({ ...common, out }),
      (given) => take('heap', given, { thread: threadOf(given.thread) }),
    )
    .demandCommand(1, `expected ${COMMAND_LIST}`)
    .example([
      ['$0 status', 'what the daemon is doing now'],
      ['$0 top', 'how fast each consumer is, and how busy each thread'],
      ['$0 running --format json', 'for a script'],
      ['$0 pause Email', 'while the mail server is down'],
      ['$0 stack 2', 'what thread 2 is stuck in'],
    ])
    .epilogue(
      'The daemon answers even while all of its threads compute. Only its own user and root can use the socket.\n' +
        'COMMAND --help shows the flags of a command, such as --pid and --socket.\n' +
        'Exit codes: 0 done; 1 no daemon found, or it refused; 2 wrong command line.',
    )
    .parserConfiguration({
      'parse-positional-numbers': false,
      'parse-numbers': false,
      'duplicate-arguments-array': false,
    })
    .strict()
    .version(false)
    .help()
    .wrap(100)
    .locale('en')
    .exitProcess(false);
  const outcome = await runParser(parser, args);
  return { command, ...outcome };
}

function targetOf({ format, socket, pid }: Given): Pick<CtlCommand, 'format' | 'socket' | 'pid'> {
  if (socket === '') throw new Error('--socket: the path is empty');
  if (pid !== undefined && !/^\d+$/.test(pid)) throw new Error(`--pid: "${pid}" is not the number of a process`);
  if (socket !== undefined && pid !== undefined) throw new Error('use --socket or --pid, not both');
  return {
    format: format === 'json' ? 'json' : 'table',
    socket,
    pid: pid === undefined ? undefined : Number(pid),
  };
}

function threadOf(word: string): number {
  if (!/^\d{1,6}$/.test(word)) throw new Error(`"${word}" is not the number of a thread (status lists them)`);
  return Number(word);
}
