import type { MessageMemory } from '../../amqp/index.js';
import type { ConnectionOptions } from '../connection/broker-connection.js';
import type { Topology } from '../topology/topology.js';
import type { SubscriptionOptions } from './subscription-options.js';

export interface ConsumerConnectionOptions extends Omit<ConnectionOptions, 'onOpen' | 'trusted'> {
  readonly topology: Topology;
  readonly subscriptions: readonly Omit<SubscriptionOptions, 'logger' | 'random' | 'settings' | 'declare'>[];
  readonly memory: MessageMemory;
  readonly onConnected?: () => void;
}
