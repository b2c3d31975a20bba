import type { OutgoingMessage } from '../../amqp/index.js';
import { isForbidden, sizeLimitIn } from './publish-refusal.js';

/** May exceed the broker's `max_message_size`, for which it closes the channel. */
const LARGE_BYTES = 8 * 1024 * 1024;

/** Recognizes messages over which the broker may close the channel, from earlier refusals. */
export class PublishRisks {
  private readonly username: string;
  /** Internal exchanges, or ones we may not write to. */
  private readonly forbiddenExchanges = new Set<string>();
  private largeBytes = LARGE_BYTES;

  constructor(username: string) {
    this.username = username;
  }

  /** A passive declaration could not check these. */
  has(message: OutgoingMessage): boolean {
    return (
      message.end - message.bodyAt > this.largeBytes ||
      (message.hasUserId && message.list.properties['userId'] !== this.username) ||
      (this.forbiddenExchanges.size > 0 && this.forbiddenExchanges.has(message.route.exchange))
    );
  }

  learn(message: OutgoingMessage, error: Error): void {
    if (isForbidden(error)) this.forbiddenExchanges.add(message.route.exchange);
    const limit = error.cause instanceof Error ? sizeLimitIn(error.cause) : undefined;
    this.largeBytes = Math.min(this.largeBytes, limit ?? LARGE_BYTES);
  }

  clear(): void {
    this.largeBytes = LARGE_BYTES;
    this.forbiddenExchanges.clear();
  }
}
