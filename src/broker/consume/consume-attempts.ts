import { messageOf } from '../../errors/index.js';
import { BackOff, pause } from '../../timing/index.js';
import type { LiveConnection } from '../connection/live-connection.js';
import type { LossReason, SubscriptionOptions } from './subscription-options.js';

export interface ConsumeAttemptsParts {
  readonly options: SubscriptionOptions;
  /** Aborted when the subscription stops. */
  readonly stopping: AbortSignal;
  /** Aborted while it is paused. */
  readonly pausing: () => AbortSignal;
  readonly isSubscribed: () => boolean;
  readonly consume: (connection: LiveConnection) => Promise<void>;
}

/** Attempts to subscribe: one at a time, and with back-off after a loss. */
export class ConsumeAttempts {
  private readonly parts: ConsumeAttemptsParts;
  private readonly backOff: BackOff;
  private current: Promise<void> | undefined;
  /** Of the last attempt. */
  private connection: LiveConnection | undefined;

  constructor(parts: ConsumeAttemptsParts) {
    this.parts = parts;
    this.backOff = new BackOff(parts.options.settings.retry, parts.options.random);
  }

  /** Resolves when no attempt is under way. */
  async idle(): Promise<void> {
    while (this.current !== undefined) await this.current.catch(() => undefined);
  }

  /** The next wait is the shortest again. */
  succeeded(): void {
    this.backOff.reset();
  }

  /** @throws BrokerError `TOPOLOGY_MISMATCH` when the broker refuses */
  async start(connection: LiveConnection): Promise<void> {
    const { stopping, pausing, isSubscribed, consume } = this.parts;
    // A new connection and a recovery may start at once, but only one may get a channel.
    while (this.current !== undefined) await this.current.catch(() => undefined);
    this.connection = connection;
    if (isSubscribed() || stopping.aborted || pausing().aborted) return;
    this.current = consume(connection).finally(() => {
      this.current = undefined;
    });
    await this.current;
  }

  /** Starts on the last connection, if it lives; otherwise the next one subscribes. A refusal is retried as after a loss. */
  async startAgain(): Promise<void> {
    const { connection } = this;
    if (connection === undefined || connection.gone.aborted) return;
    try {
      await this.start(connection);
    } catch (error) {
      void this.recover(connection, messageOf(error));
    }
  }

  /** Retries with back-off while the connection lives, until the subscription stops or pauses. */
  async recover(connection: LiveConnection, reason: string, kind: LossReason = 'refused'): Promise<void> {
    const { stopping, isSubscribed } = this.parts;
    const { queue, logger, declare, onResubscribed } = this.parts.options;
    const { gone } = connection;
    const pausing = this.parts.pausing();
    let cause = reason;
    while (!gone.aborted && !stopping.aborted && !pausing.aborted && !isSubscribed()) {
      const waitMs = this.backOff.nextMs();
      logger.warn({ waitMs }, `subscription to "${queue}" lost: ${cause}; retrying in ${waitMs} ms`);
      await pause(waitMs, gone, stopping, pausing);
      if (gone.aborted || stopping.aborted || pausing.aborted) return;
      try {
        await declare(connection);
        await this.start(connection);
        if (pausing.aborted) return;
        logger.info(`subscribed to "${queue}" again`);
        onResubscribed?.(kind);
      } catch (error) {
        cause = messageOf(error);
      }
    }
  }
}
