const examples = (...lines: [command: string, meaning: string][]) => lines;

/** The help texts of `amqp-dispatcher dead` and its commands. */
export const DEAD_HELP = {
  usage:
    '$0 COMMAND QUEUE\n\nLists, shows, replays and deletes dead messages: those in QUEUE.dead, with the record of their failures.',
  queue: 'queue in which the messages died: "email" means "email.dead"; names that end in .dead are used as they are',
  config: 'YAML file to read connection: from, for TLS; or AMQP_DISPATCHER_CONFIG [default: none]',
  format: 'table, or one JSON object per line [default: table on a terminal, otherwise json]',
  where:
    'only messages that match: KEY=TEXT equals, KEY~TEXT contains. KEY is reason, error-type, cause, consumer, ' +
    'routing-key, exchange, any other x-amqp-dispatcher- header without its prefix, or any other header. Repeatable; ' +
    'all conditions must match',
  limit: 'maximum number of messages, oldest first',
  list: 'list messages, oldest first; changes nothing',
  listExamples: examples(
    ['$0 list email', 'the messages in email.dead'],
    ['$0 list email --where reason=exhausted --where cause~timeout', 'messages that failed with a timeout'],
    ['$0 list email --format json | jq -r .id', 'the ids, for a script'],
  ),
  show: 'show whole messages: the oldest, or those with an id; changes nothing',
  showId: 'id as printed by list: the messageId or a hash; shows all messages with this id',
  showExamples: examples(
    ['$0 show email', 'the oldest message of email.dead'],
    ['$0 show email order-4711', 'the message with this id'],
  ),
  replay: 'return messages to the queue in which they died: all, or the selected ones',
  id: 'only messages with this id; repeatable',
  dryRun: 'list the messages, change nothing',
  replayExamples: examples(
    ['$0 replay email --dry-run', 'see what would be replayed'],
    ['$0 replay email', 'all messages in it now'],
    ['$0 replay email --id order-4711 --id order-4712', 'these two messages'],
    ['$0 replay email --where error-type=TypeError --limit 10', 'the ten oldest with this error'],
  ),
  replayEpilogue:
    'A message is removed after the broker has confirmed its copy. An interruption may duplicate a message, but loses ' +
    'none. Messages that the broker refuses stay, and the exit code is 1.\n' +
    'Copies have no failure record and no expiration. Messages that die meanwhile are not touched.',
  purge: 'delete all messages in the queue now; asks first',
  yes: 'do not ask',
  purgeExamples: examples(
    ['$0 purge email', "asks you to type the queue's name"],
    ['$0 purge email --yes', 'for a script'],
  ),
  examples: examples(
    ['$0 list email', 'the messages in email.dead'],
    ['$0 replay email --dry-run', 'see what would be replayed'],
    ['$0 COMMAND --help', 'show the flags of a command'],
  ),
  epilogue:
    'Broker: RABBITMQ_URL (default amqp://guest:***@localhost:5672/), RABBITMQ_HEARTBEAT.\n' +
    'Exit codes: 0 done, 1 failed or interrupted, 2 invalid command line, 78 invalid --config.',
};
