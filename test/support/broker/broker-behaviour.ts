// Only types, because the code there changes amqplib for the whole process.
import type { ReleaseLine } from '../../../src/broker/index.js';

/** Behaviour that differs between releases of RabbitMQ, by the names that tests ask for. */
const BEHAVIOURS = {
  'x-consumer-timeout is heeded': { since: '3.11', reason: 'from 3.11.15 on; before, the argument was passed over' },
  'bodies up to 16 MiB': { since: '4.0', reason: 'max_message_size is 16 MiB by default; it was 128 MiB' },
  'a delivery limit of 20': { since: '4.0', reason: 'quorum queues without x-delivery-limit have 20; they had none' },
  'no count at the first delivery': {
    since: '4.0',
    reason: 'quorum queues set x-delivery-count from the second delivery on; it was 0 at the first',
  },
  'no frames below 8 KiB': { since: '4.1', reason: 'frame_max must be at least 8192; it was 4096' },
  'field type L becomes l': {
    since: '4.0',
    reason: 'headers are turned into AMQP 1.0 and back, which knows one signed 64-bit integer',
  },
  'a nack is no return': {
    since: '4.3',
    reason: 'a nack with requeue does not count towards the delivery limit of a quorum queue; it did',
  },
  'the consumer timeout cancels': {
    since: '4.3',
    reason: 'basic.cancel after exactly the time, on quorum queues only; it closed the channel, looked at every minute',
  },
  'x-consumer-timeout is for quorum queues': {
    since: '4.3',
    reason: 'classic queues have no consumer timeout and refuse the argument with 406',
  },
  'a bad declaration closes the channel': {
    since: '4.3',
    reason: 'an unknown exchange type, or a bad x-stream-offset, is 406 on the channel; it ended the connection',
  },
} satisfies Readonly<Record<string, { readonly since: ReleaseLine; readonly reason: string }>>;

export type BrokerBehaviour = keyof typeof BEHAVIOURS;

/** True if a RabbitMQ of this version, such as `4.3.6`, is new enough to behave so. */
export function behaves(version: string, behaviour: BrokerBehaviour): boolean {
  const [major, minor] = numbersOf(version);
  const [sinceMajor, sinceMinor] = numbersOf(BEHAVIOURS[behaviour].since);
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor);
}

function numbersOf(version: string): [major: number, minor: number] {
  const [major = Number.NaN, minor = Number.NaN] = version.split('.').map(Number);
  if (Number.isNaN(major) || Number.isNaN(minor)) throw new Error(`"${version}" is no version of RabbitMQ`);
  return [major, minor];
}
