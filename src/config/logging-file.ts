import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { LOG_LEVEL_FORMATS, LOG_TIMES } from '../bridge/index.js';
import { ConfigurationError } from '../errors/index.js';
import { nearestValue } from './checks/did-you-mean.js';
import { formatPath, formatProblem, inReadingOrder, type Path, type Problem } from './problem.js';
import { schemaProblems, valueAt } from './schema/schema-problems.js';
import { flag, mapping, oneOf, text } from './schema/vocabulary.js';
import { readYamlFile, type YamlDocument } from './yaml/yaml-document.js';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

const freeTable = (expected = 'a mapping') => z.record(z.string(), z.unknown(), expected);
const textList = (expected: string) => z.array(text(), expected);
const target = () => text('the module of a pino transport').min(1, 'the module of a pino transport');

const redactSchema = z.union(
  [
    textList('a list of paths'),
    mapping({
      paths: textList('a list of paths'),
      censor: z.exactOptional(text()),
      remove: z.exactOptional(flag()),
    }),
  ],
  'a list of paths, or a mapping of paths, censor and remove',
);

const stageSchema = mapping({ target: target(), options: z.exactOptional(freeTable()) });
const pipeline = () => z.array(stageSchema, 'a list of targets').min(1, 'a list of at least one target');
const targetSchema = z.union(
  [
    mapping({ target: target(), level: z.exactOptional(text('a level')), options: z.exactOptional(freeTable()) }),
    mapping({ pipeline: pipeline(), level: z.exactOptional(text('a level')) }),
  ],
  'a mapping of target, level and options, or of pipeline and level',
);

const loggingSchema = mapping({
  level: z.exactOptional(text('a level')),
  redact: z.exactOptional(redactSchema),
  messageKey: z.exactOptional(text()),
  errorKey: z.exactOptional(text()),
  nestedKey: z.exactOptional(text()),
  timestamp: z.exactOptional(oneOf(LOG_TIMES)),
  formatters: z.exactOptional(mapping({ level: z.exactOptional(oneOf(LOG_LEVEL_FORMATS)) })),
  base: z.exactOptional(freeTable('a mapping, or null for none').nullable()),
  customLevels: z.exactOptional(z.record(z.string(), z.int('a whole number'), 'a mapping of names to whole numbers')),
  transport: z.exactOptional(
    z.union(
      [
        stageSchema,
        mapping({ pipeline: pipeline() }),
        mapping({ targets: z.array(targetSchema, 'a list of targets').min(1, 'a list of at least one target') }),
      ],
      'a mapping of target and options, of pipeline, or of targets: a list of mappings of target, level and options',
    ),
  ),
  loggers: z.exactOptional(z.record(z.string(), text('a level'), 'a mapping of logger names to levels')),
});

/** The content of the logging file: pino's own options, and levels by logger name. */
export type LoggingFileOptions = z.output<typeof loggingSchema>;

/** The file that LOGGING_FILE_CONFIG names. */
export interface LoggingFile {
  readonly options: LoggingFileOptions;
  readonly baseDir: string;
  readonly problemAt: (path: Path, message: string) => Problem;
}

/** The logging file, or every problem of it. */
export type LoggingFileReading =
  | { readonly ok: true; readonly file: LoggingFile }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads the file that LOGGING_FILE_CONFIG names, YAML or JSON.
 *
 * @throws ConfigurationError CONFIG_INVALID; its message lists every problem
 */
export async function readLoggingFile(file: string): Promise<LoggingFile> {
  const reading = await checkLoggingFile(file);
  if (!reading.ok) throw invalidLogging(reading.problems.map(formatProblem));
  return reading.file;
}

/** Like `readLoggingFile`, with problems as values. */
export async function checkLoggingFile(file: string): Promise<LoggingFileReading> {
  const reading = readYamlFile(file);
  if (!reading.ok) return reading;
  const { document } = reading;
  const parsed = loggingSchema.safeParse(document.value);
  const problems = [...document.problems, ...schemaProblems(loggingSchema, document), ...levelProblems(document)];
  if (!parsed.success || problems.length > 0) return { ok: false, problems: inReadingOrder(problems) };
  const problemAt = (path: Path, message: string): Problem => ({
    file,
    ...document.positions.of(path),
    path: formatPath(path),
    message: message.replace(/\s+/g, ' '),
  });
  return { ok: true, file: { options: parsed.data, baseDir: dirname(resolve(file)), problemAt } };
}

/** Builds the error for a logging file with these problems. */
export function invalidLogging(problems: readonly string[]): ConfigurationError {
  return new ConfigurationError('CONFIG_INVALID', `the logging file has problems:\n${problems.join('\n')}`);
}

/** A file may define levels of its own, so the schema cannot check them. */
function levelProblems({ file, value, positions }: YamlDocument): Problem[] {
  const words = [...LEVELS, ...keysOf(valueAt(value, ['customLevels']))];
  const levels = oneOf(words);
  const targets = valueAt(value, ['transport', 'targets']);
  const paths = [
    ['level'],
    ...keysOf(valueAt(value, ['loggers'])).map((name) => ['loggers', name]),
    ...(Array.isArray(targets) ? targets.map((_, index) => ['transport', 'targets', index, 'level']) : []),
  ];
  return paths.flatMap((path) => {
    const level = valueAt(value, path);
    if (typeof level !== 'string') return [];
    const issue = levels.safeParse(level).error?.issues[0];
    if (issue === undefined) return [];
    const nearest = nearestValue(level, words);
    const message = `is ${JSON.stringify(level)}${nearest === undefined ? '' : `, did you mean "${nearest}"?`}`;
    return [{ file, ...positions.of(path), path: formatPath(path), message, expected: issue.message }];
  });
}

function keysOf(value: unknown): string[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
}
