import type { Logger } from 'pino';
import type { ReceivedMessage } from '../../amqp/index.js';
import type { ConnectionSettings } from '../connection/connection-settings.js';
import type { LiveConnection } from '../connection/live-connection.js';
import type { Epoch } from './epoch.js';

export interface SubscriptionOptions {
  readonly queue: string;
  readonly consumerTag: string;
  readonly prefetch: number;
  /** From this many open deliveries on, every instance is busy. */
  readonly busyAt: number;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** `config.yml:9:5  consumers[0]` */
  readonly place: string;
  readonly logger: Logger;
  readonly random: () => number;
  readonly settings: ConnectionSettings;
  readonly declare: (connection: LiveConnection) => Promise<void>;
  /** A stream counts read messages as ready, so it never stalls. */
  readonly isStream: boolean;
  readonly wantsDeliveries: () => boolean;
  /** Must release the message when it is answered or lost. */
  readonly onDelivery: (message: ReceivedMessage, epoch: Epoch) => void;
  readonly onLost: (epoch: Epoch, reason: string) => void;
  /**
   * True: a message may have exceeded the consumer timeout, and the others can still be answered. False: the broker
   * requeues all.
   */
  readonly onCancelled: (epoch: Epoch) => boolean;
  /** Told of each subscription after the first, unless the connection was new. */
  readonly onResubscribed?: (reason: LossReason) => void;
}

/** Why a subscription was lost on a connection that lives. */
export const LOSS_REASONS = ['channel_closed', 'cancelled', 'stalled', 'refused'] as const;
export type LossReason = (typeof LOSS_REASONS)[number];
