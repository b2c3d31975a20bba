import { LOG_OPTIONS } from './log/log-flags.js';
import { REPORT_FORMATS } from './validate/report.js';

export const DEFAULT_SHUTDOWN_TIMEOUT = '25s';

/** Every flag but --version and --help, in the order of --help. */
export const FLAG_OPTIONS = {
  config: { alias: 'c', type: 'string', requiresArg: true, describe: 'YAML file [default: config.yml]' },
  threads: {
    alias: 't',
    type: 'string',
    requiresArg: true,
    describe: 'shared worker threads, 1 to 1024 [default: threads: in the file, or one per processor]',
  },
  validate: {
    type: 'boolean',
    describe: 'check everything that needs no broker, print all problems and exit',
  },
  format: {
    type: 'string',
    requiresArg: true,
    describe: `with --validate: ${REPORT_FORMATS.join(', ')} [default: text]`,
  },
  strict: { type: 'boolean', describe: 'with --validate: a warning is a problem' },
  broker: {
    type: 'boolean',
    describe: 'with --validate: compare with the broker of RABBITMQ_URL, too; changes nothing there',
  },
  only: {
    type: 'string',
    requiresArg: true,
    describe: 'run these entries alone: NAME[,NAME], by their name: or class; queues are all declared',
  },
  except: { type: 'string', requiresArg: true, describe: 'run all entries but these: NAME[,NAME]' },
  'shutdown-timeout': {
    type: 'string',
    requiresArg: true,
    describe: `how long to wait for running consumers at shutdown: 500ms, 30s, 5m [default: ${DEFAULT_SHUTDOWN_TIMEOUT}]`,
  },
  http: {
    type: 'string',
    requiresArg: true,
    describe: 'serve probes and metrics at HOST:PORT, such as :9464 [default: http: in the file]',
  },
  'control-socket': {
    type: 'string',
    requiresArg: true,
    describe: 'UNIX socket for amqp-dispatcher ctl [default: control: in the file, or one in XDG_RUNTIME_DIR or /tmp]',
  },
  summary: {
    type: 'string',
    requiresArg: true,
    describe: 'one log line per entry and period: 30s, 5m; 0: none [default: summary: in the file, or 60s]',
  },
  ...LOG_OPTIONS,
} as const;

const ADDED_BY_YARGS = ['version', 'help'];

export const FLAGS = [...Object.keys(FLAG_OPTIONS), ...ADDED_BY_YARGS];

/** Those that take no value. */
export const BOOLEAN_FLAGS = [
  ...Object.entries(FLAG_OPTIONS)
    .filter(([, { type }]) => type === 'boolean')
    .map(([flag]) => flag),
  ...ADDED_BY_YARGS,
];
