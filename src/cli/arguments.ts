import { createRequire } from 'node:module';
import yargs from 'yargs';
import type { EnvironmentFlags, ListenAddress, Selection } from '../config/index.js';
import { messageOf, nearestWord } from '../errors/index.js';
import { bareDuration } from '../timing/index.js';
import { wrongBoolean } from './boolean-flags.js';
import type { Unperformed } from './command-line.js';
import { parseDuration } from './duration-flag.js';
import {
  oneOf,
  parseFileName,
  parseListen,
  parseNames,
  parseShutdownTimeout,
  parseSocketPath,
  parseSummary,
  parseThreadCount,
} from './flag-values.js';
import { BOOLEAN_FLAGS, DEFAULT_SHUTDOWN_TIMEOUT, FLAG_OPTIONS, FLAGS } from './flags.js';
import { type LogArguments, parseLevel, parseLogFormat, parseLogLevelFormat, parseLogTime } from './log/log-flags.js';
import { REPORT_FORMATS, type ReportFormat } from './validate/report.js';

/** How to validate. */
export interface ValidationArguments {
  /** Default text. */
  readonly format: ReportFormat;
  /** True: a warning counts as a problem. */
  readonly strict: boolean;
  /** True: compare with the broker of RABBITMQ_URL, too. */
  readonly broker: boolean;
}

/** The checked command line. */
export interface Arguments {
  readonly config: string;
  readonly threads: number | undefined;
  /** Absent: run. */
  readonly validation: ValidationArguments | undefined;
  /** Entries to run; empty: all. */
  readonly selection: Selection;
  readonly shutdownTimeoutMs: number;
  /** Doubtful values of flags and their variables. */
  readonly warnings: readonly string[];
  readonly log: LogArguments;
  /** Absent: the file decides. */
  readonly http: ListenAddress | undefined;
  /** Absent: the file decides. */
  readonly controlSocket: string | undefined;
  /** Period of the summary lines; 0: none. Absent: the file decides. */
  readonly summaryMs: number | undefined;
}

/** The outcome of reading the command line. */
export type ParsedCommandLine = { readonly kind: 'run'; readonly arguments: Arguments } | Unperformed;

const DEAD_COMMANDS = ['list', 'show', 'browse', 'replay', 'delete', 'purge', 'export', 'import'];
const HELP_HINT = 'amqp-dispatcher --help shows every flag';

const load = createRequire(import.meta.url);
/** The version of this program. */
export const { version }: { version: string } = load('../../../package.json');

class UsageError extends Error {}

/** Reads the command line and the environment; a flag overrides its variable. */
export async function readArguments(args: readonly string[], variables: EnvironmentFlags): Promise<ParsedCommandLine> {
  const wrong = wrongBoolean(args, BOOLEAN_FLAGS);
  if (wrong !== undefined) return { kind: 'usage', message: `${wrong}\n${HELP_HINT}` };
  const outcome = await parse(args);
  if (outcome.error !== undefined) return { kind: 'usage', message: `${outcome.error}\n${HELP_HINT}` };
  if (outcome.output !== '') return { kind: 'text', text: outcome.output };
  try {
    return { kind: 'run', arguments: resolveArguments(outcome.given, variables) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { kind: 'usage', message: `${error.message}\n${HELP_HINT}` };
  }
}

interface Given {
  readonly config?: string | undefined;
  readonly threads?: string | undefined;
  readonly validate?: boolean | undefined;
  readonly format?: string | undefined;
  readonly strict?: boolean | undefined;
  readonly broker?: boolean | undefined;
  readonly only?: string | undefined;
  readonly except?: string | undefined;
  readonly shutdownTimeout?: string | undefined;
  readonly logLevel?: string | undefined;
  readonly logFormat?: string | undefined;
  readonly logTime?: string | undefined;
  readonly logLevelFormat?: string | undefined;
  readonly http?: string | undefined;
  readonly controlSocket?: string | undefined;
  readonly summary?: string | undefined;
}

async function parse(args: readonly string[]): Promise<{ given: Given; output: string; error: string | undefined }> {
  const parser = yargs()
    .scriptName('amqp-dispatcher')
    .usage('$0 [--config FILE] [--threads N]\n\nRuns AMQP consumers on worker threads, as a YAML file describes.')
    .options(FLAG_OPTIONS)
    .example('$0 -c config.yml --threads 4', 'run four worker threads')
    .example('$0 -c config.yml --validate', 'check the file and the consumer classes, for CI')
    .example('$0 -c config.yml --only mail,Audit', 'run two entries of the file')
    .example('$0 --log-format json --log-time iso', 'what most log collectors expect')
    .example('$0 --validate --strict --format github', 'the same as annotations of a pull request')
    .example('$0 --validate --broker', 'compare the file with the broker before a deployment')
    .example('AMQP_DISPATCHER_THREADS=4 $0', 'every flag has an environment variable')
    .epilogue(
      'Broker: RABBITMQ_URL (default amqp://guest:***@localhost:5672/), RABBITMQ_HEARTBEAT. Logs: LOGGING_FILE_CONFIG.\n' +
        'Dead messages: see amqp-dispatcher dead --help to list, show, browse, replay, delete, purge, export and import them.\n' +
        'A running daemon: see amqp-dispatcher ctl --help to look into it, pause, resume and adjust it.\n' +
        'Exit codes: 0 stopped or valid, 1 failed, 2 invalid command line, 78 invalid configuration.',
    )
    .parserConfiguration({ 'duplicate-arguments-array': false, 'parse-positional-numbers': false })
    .strict()
    .version(version)
    .help()
    .alias('help', 'h')
    .wrap(100)
    .locale('en')
    .exitProcess(false);
  let output = '';
  let failure: string | undefined;
  const given = await parser.parseAsync([...args], {}, (error, _argv, text) => {
    output = text;
    if (error !== undefined && error !== null) failure = withAdvice(error.message);
  });
  return { given, output, error: failure };
}

function resolveArguments(given: Given, variables: EnvironmentFlags): Arguments {
  const shutdownTimeout = choose('shutdownTimeout', given, variables);
  const summary = choose('summary', given, variables);
  return {
    config: read(choose('config', given, variables), parseFileName) ?? 'config.yml',
    threads: read(choose('threads', given, variables), parseThreadCount),
    validation: resolveValidation(given, variables),
    selection: {
      ...present('only', read(choose('only', given, variables), parseNames)),
      ...present('except', read(choose('except', given, variables), parseNames)),
    },
    shutdownTimeoutMs: read(shutdownTimeout, parseShutdownTimeout) ?? parseDuration(DEFAULT_SHUTDOWN_TIMEOUT),
    warnings: [...durationWarnings(shutdownTimeout), ...durationWarnings(summary)],
    http: read(choose('http', given, variables), parseListen),
    controlSocket: read(choose('controlSocket', given, variables), parseSocketPath),
    summaryMs: read(summary, parseSummary),
    log: {
      level: read(choose('logLevel', given, variables), parseLevel),
      format: read(choose('logFormat', given, variables), parseLogFormat),
      time: read(choose('logTime', given, variables), parseLogTime),
      levelFormat: read(choose('logLevelFormat', given, variables), parseLogLevelFormat),
    },
  };
}

/** A variable may stay set where the daemon runs; a flag without --validate is a slip. */
function resolveValidation(given: Given, variables: EnvironmentFlags): ValidationArguments | undefined {
  if (!(given.validate ?? parseBoolean('validate', variables))) {
    const stray = (['format', 'strict', 'broker'] as const).find((flag) => given[flag] !== undefined);
    if (stray !== undefined)
      throw new UsageError(`--${stray}: has no effect without --validate (write --validate, too)`);
    return undefined;
  }
  return {
    format: read(choose('format', given, variables), oneOf(REPORT_FORMATS, 'a format')) ?? 'text',
    strict: given.strict ?? parseBoolean('strict', variables),
    broker: given.broker ?? parseBoolean('broker', variables),
  };
}

interface Choice {
  readonly value: string;
  readonly origin: string;
}

type TextFlag = Exclude<keyof Given, 'validate' | 'strict' | 'broker'>;

function choose(flag: TextFlag, given: Given, variables: EnvironmentFlags): Choice | undefined {
  const kebab = flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const flagged = given[flag];
  if (flagged !== undefined) return { value: flagged, origin: `--${kebab}` };
  const variable = variables[flag];
  if (variable === undefined || variable === '') return undefined;
  return { value: variable, origin: `AMQP_DISPATCHER_${kebab.toUpperCase().replaceAll('-', '_')}` };
}

function durationWarnings(choice: Choice | undefined): string[] {
  const warning = choice === undefined ? undefined : bareDuration(choice.value);
  return choice === undefined || warning === undefined ? [] : [`${choice.origin} ${warning}`];
}

function read<Value>(choice: Choice | undefined, parseValue: (text: string) => Value): Value | undefined {
  if (choice === undefined) return undefined;
  try {
    return parseValue(choice.value);
  } catch (error) {
    throw new UsageError(`${choice.origin}: ${messageOf(error)}`);
  }
}

function present(key: keyof Selection, names: readonly string[] | undefined): Selection {
  return names === undefined ? {} : { [key]: names };
}

/** Most people first pass the file without --config. */
function withAdvice(message: string): string {
  const file = /^Unknown argument: (\S+\.(?:ya?ml|json))$/.exec(message)?.[1];
  if (file !== undefined) return `${message} (write --config ${file})`;
  const unknown = /^Unknown arguments?: (.+)$/.exec(message)?.[1]?.split(', ') ?? [];
  const [first = ''] = unknown;
  if (DEAD_COMMANDS.includes(first)) return `${message}, did you mean \`dead ${first}\`?`;
  const meant = unknown.map((word) => nearestWord(word, FLAGS)).filter((flag) => flag !== undefined);
  const advice = [...new Set(meant)].map((flag) => `--${flag}`).join(' and ');
  return advice === '' ? message : `${message}, did you mean ${advice}?`;
}

function parseBoolean(flag: 'validate' | 'strict' | 'broker', variables: EnvironmentFlags): boolean {
  const text = variables[flag];
  if (text === undefined || text === '' || text === '0' || text === 'false') return false;
  if (text === '1' || text === 'true') return true;
  throw new UsageError(`AMQP_DISPATCHER_${flag.toUpperCase()}: "${text}" is neither true nor false`);
}
