import { DockerBroker, dockerAnswers } from '../installs/docker-broker.js';
import { findOrInstallRabbitmq, missingBroker } from '../installs/rabbitmq-program.js';
import { startPrivateBroker } from './private-broker.js';

/** A broker to send messages through, and to stop afterwards. */
export interface AnyBroker {
  /** The AMQP URL of a virtual host, `/` by default. */
  url(vhost?: string): string;
  stop(): Promise<void>;
}

/**
 * Starts any broker that this machine can run: a private node, installed first if possible, else Docker.
 * @throws an error that says what to install
 */
export async function startAnyBroker(): Promise<AnyBroker> {
  if ((await findOrInstallRabbitmq()) !== undefined) return startPrivateBroker();
  if (await dockerAnswers()) return DockerBroker.start();
  throw missingBroker();
}
