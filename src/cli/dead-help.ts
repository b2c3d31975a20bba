const examples = (...lines: [command: string, meaning: string][]) => lines;

/** The help texts of `amqp-dispatcher dead` and its commands. */
export const DEAD_HELP = {
  usage:
    '$0 COMMAND QUEUE\n\nLooks at what is dead: the messages that were put aside into QUEUE.dead, with the record of their failures.',
  queue: 'the queue that the messages died in: "email" means "email.dead"; a name that ends in .dead is taken as it is',
  config: 'YAML file, of which only connection: is used, for TLS; twin AMQP_DISPATCHER_CONFIG [default: none]',
  format: 'table, or one JSON object a line [default: table on a terminal, else json]',
  where:
    'only messages of which this is true: KEY=TEXT is equal, KEY~TEXT contains. KEY is reason, error-type, cause, consumer, ' +
    'routing-key, exchange, any other x-amqp-dispatcher- header without its prefix, or a header of your own. May be given ' +
    'several times: all must be true',
  limit: 'at most so many messages, the oldest first',
  list: 'list the messages, the oldest first; changes nothing',
  listExamples: examples(
    ['$0 list email', 'what is in email.dead'],
    ['$0 list email --where reason=exhausted --where cause~timeout', 'what gave up over a timeout'],
    ['$0 list email --format json | jq -r .id', 'the ids, for a script'],
  ),
  show: 'show a message whole: the oldest, or those with an id; changes nothing',
  showId: 'the id that list shows: the messageId, else a hash; if several messages have it, all are meant',
  showExamples: examples(
    ['$0 show email', 'the oldest message of email.dead'],
    ['$0 show email order-4711', 'the one with this id'],
  ),
  replay: 'put messages back into the queue that they died in: all, or those that are selected',
  id: 'only the messages with this id; may be given several times',
  dryRun: 'list what would be replayed, and change nothing',
  replayExamples: examples(
    ['$0 replay email --dry-run', 'what would be replayed'],
    ['$0 replay email', 'all that are there now'],
    ['$0 replay email --id order-4711 --id order-4712', 'these two'],
    ['$0 replay email --where error-type=TypeError --limit 10', 'the ten oldest of a kind'],
  ),
  replayEpilogue:
    'A message is removed when the broker has confirmed its copy. Interrupted at any moment, nothing is lost; a message ' +
    'that was on its way then may be there twice. What the broker does not take stays, and the exit code is 1.\n' +
    'The copy has no record of the failures, and no expiration. Messages that die meanwhile are left alone.',
  purge: 'delete all messages that are there now; asks first',
  yes: 'do not ask',
  purgeExamples: examples(
    ['$0 purge email', 'asks for the name of the queue'],
    ['$0 purge email --yes', 'for a script'],
  ),
  examples: examples(
    ['$0 list email', 'what is in email.dead'],
    ['$0 replay email --dry-run', 'what would be replayed'],
    ['$0 COMMAND --help', 'the flags of a command'],
  ),
  epilogue:
    'Broker: RABBITMQ_URL (default amqp://guest:***@localhost:5672/), RABBITMQ_HEARTBEAT.\n' +
    'Exit codes: 0 done, 1 failed or interrupted, 2 wrong command line, 78 invalid --config.',
};
