const examples = (...lines: [command: string, meaning: string][]) => lines;

/** The help texts of `amqp-dispatcher dead` and its commands. */
export const DEAD_HELP = {
  usage:
    '$0 COMMAND [QUEUE]\n\nLists, shows, replays, deletes, exports and imports dead messages: those in QUEUE.dead, or in any other queue with --queue.',
  queue: 'queue in which the messages died: "email" means "email.dead"; names that end in .dead are used as they are',
  listQueue: 'as for the other commands; without it, all dead queues of the configuration file are counted',
  browseQueue:
    'queue in which the messages died: "email" means "email.dead"; without it, all dead queues of the configuration file ' +
    'to choose from',
  queueFlag: 'any queue, by its exact name, instead of QUEUE: --queue orders.dlq',
  config: 'YAML file to read connection: from, for TLS; or AMQP_DISPATCHER_CONFIG [default: none]',
  configOfAll:
    'YAML file to read connection: from, for TLS, and without QUEUE the queues; or AMQP_DISPATCHER_CONFIG ' +
    '[default: none; without QUEUE config.yml]',
  format: 'table, or one JSON object per line [default: table on a terminal, otherwise json]',
  where:
    'only messages that match: KEY=TEXT equals, KEY~TEXT contains. KEY is id, reason, error-type (TypeError, E_CODE ' +
    'or both), cause, consumer, queue, routing-key, exchange, any other x-amqp-dispatcher- header without its prefix, or ' +
    'header.NAME for any other header. Repeatable; all conditions must match',
  older: 'only messages that died longer ago: 30s, 5m, 2h, 3d, 1w',
  newer: 'only messages that died since then',
  limit: 'maximum number of messages, oldest first',
  id: 'only messages with this id; repeatable',
  dryRun: 'list the messages, change nothing',
  yes: 'do not ask',
  list: 'list messages, oldest first; without QUEUE, count all dead queues by error; changes nothing',
  listExamples: examples(
    ['$0 list', 'all dead queues of config.yml, counted by error'],
    ['$0 list email', 'the messages in email.dead'],
    ['$0 list --queue orders.dlq --older 2h', 'those of any queue that died more than two hours ago'],
    ['$0 list email --where error-type=TypeError --where cause~timeout', 'messages that failed with a timeout'],
    ['$0 list email --format json | jq -r .id', 'the ids, for a script'],
  ),
  show: 'show whole messages: the oldest, or those with an id or that match; changes nothing',
  showId: 'id as printed by list: the messageId or a hash; shows all messages with this id',
  showExamples: examples(
    ['$0 show email', 'the oldest message of email.dead'],
    ['$0 show email order-4711', 'the message with this id'],
    ['$0 show --queue orders.dlq order-4711', 'the same in another queue'],
  ),
  browse:
    'look at messages on the full screen, and replay or delete them; without QUEUE, choose one of all dead queues',
  browseExamples: examples(
    ['$0 browse', 'all dead queues of config.yml, counted by error; enter opens one'],
    ['$0 browse email', 'the messages in email.dead'],
    ['$0 browse --queue orders.dlq', 'those of any queue'],
  ),
  browseEpilogue:
    'Keys as in less: j k space b d u g G move, enter looks, / n N search, & filters, q quits, h shows all keys. ' +
    'm marks, r replays, D deletes: the marked messages, or the one under the cursor. Needs a terminal.',
  replay: 'return messages to the queue in which they died: all, or the selected ones',
  to: 'queue for all of them, instead of the one in which each died',
  replayExamples: examples(
    ['$0 replay email --dry-run', 'see what would be replayed'],
    ['$0 replay email', 'all messages in it now'],
    ['$0 replay email --id order-4711 --id order-4712', 'these two messages'],
    ['$0 replay email --where error-type=TypeError --limit 10', 'the ten oldest with this error'],
    ['$0 replay --queue orders.dlq --to orders', 'from one queue to another'],
  ),
  replayEpilogue:
    'A message is removed after the broker has confirmed its copy. An interruption may duplicate a message, but loses ' +
    'none. Messages that the broker refuses stay, and the exit code is 1.\n' +
    'Copies have no failure record and no expiration. Messages that die meanwhile are not touched.',
  delete: 'delete the selected messages permanently; asks first',
  deleteExamples: examples(
    ['$0 delete email --older 4w --dry-run', 'see what would be deleted'],
    ['$0 delete email --id order-4711', "shows it and asks you to type the queue's name"],
    ['$0 delete email --where reason=invalid --limit 100 --yes', 'for a script'],
  ),
  deleteEpilogue:
    'The messages that you are asked about are the ones that are deleted: the broker hands them to nobody else meanwhile.',
  purge: 'delete all messages in the queue now; asks first',
  purgeExamples: examples(
    ['$0 purge email', "asks you to type the queue's name"],
    ['$0 purge email --yes', 'for a script'],
  ),
  export: 'write messages as lines of JSON, with every property and header; removes none unless asked',
  output: 'new file to write to; an existing one is left alone [default: standard output]',
  remove: 'remove the messages after the file is safely on disk; needs --output',
  exportExamples: examples(
    ['$0 export email > email.jsonl', 'a copy of all messages'],
    ['$0 export email --older 4w --output old.jsonl --remove', 'move old messages into a file'],
  ),
  exportEpilogue:
    'A body that is UTF-8 is the text in "body", any other is in "bodyBase64". Headers keep their AMQP types.',
  import: 'publish the lines of an export to the queue, each confirmed by the broker',
  file: 'file that export has written, or - for standard input',
  resume: 'skip what the queue has already: for an import that was interrupted',
  importExamples: examples(
    ['$0 import email email.jsonl', 'back into email.dead'],
    ['$0 import email email.jsonl --resume', 'the rest of it, after an interruption'],
  ),
  importEpilogue:
    'Nothing is published when a line is wrong. The file stays as it is, so an interruption loses nothing. Lines that ' +
    'the broker refuses are named, and the exit code is 1.',
  examples: examples(
    ['$0 list', 'all dead queues of config.yml, counted by error'],
    ['$0 list email', 'the messages in email.dead'],
    ['$0 browse email', 'look at them on the full screen'],
    ['$0 replay email --dry-run', 'see what would be replayed'],
    ['$0 COMMAND --help', 'show the flags of a command'],
  ),
  epilogue:
    'Broker: RABBITMQ_URL (default amqp://guest:***@localhost:5672/), RABBITMQ_HEARTBEAT.\n' +
    'Exit codes: 0 done, also when there was nothing to do; 1 failed or interrupted; 2 invalid command line; 78 invalid ' +
    '--config.',
};
