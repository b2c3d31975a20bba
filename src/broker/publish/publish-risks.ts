import type { OutgoingMessage } from '../../amqp/index.js';
import { isForbidden, sizeLimitIn } from './publish-refusal.js';

/** A message this large may be over the broker's `max_message_size`, for which it closes the channel. */
const LARGE_BYTES = 8 * 1024 * 1024;

/** Messages over which the broker may close the channel, as learned from earlier refusals on this connection. */
export class PublishRisks {
  private readonly username: string;
  /** Exchanges that the broker closed a channel for: internal, or not ours to write to. */
  private readonly forbiddenExchanges = new Set<string>();
  /** The broker may refuse larger bodies. */
  private largeBytes = LARGE_BYTES;

  constructor(username: string) {
    this.username = username;
  }

  /** True for a message that the broker may refuse, and that no passive declaration can check. */
  has(message: OutgoingMessage): boolean {
    return (
      message.end - message.bodyAt > this.largeBytes ||
      (message.hasUserId && message.list.properties['userId'] !== this.username) ||
      (this.forbiddenExchanges.size > 0 && this.forbiddenExchanges.has(message.route.exchange))
    );
  }

  /** Notes why the broker refused a message. */
  learn(message: OutgoingMessage, error: Error): void {
    if (isForbidden(error)) this.forbiddenExchanges.add(message.route.exchange);
    const limit = error.cause instanceof Error ? sizeLimitIn(error.cause) : undefined;
    this.largeBytes = Math.min(this.largeBytes, limit ?? LARGE_BYTES);
  }

  /** Forgets everything: another connection may reach another broker. */
  clear(): void {
    this.largeBytes = LARGE_BYTES;
    this.forbiddenExchanges.clear();
  }
}
