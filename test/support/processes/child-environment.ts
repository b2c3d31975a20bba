const FOREIGN = /^(NODE_TEST_CONTEXT|TEST_BROKER|RABBITMQ_.*|AMQP_DISPATCHER_.*|LOGGING_.*|NOMAD_.*)$/;

/** The environment of this process without the settings of this machine and of the test runner, for a daemon or its rivals. */
export function environmentForChild(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN.test(name)));
}
