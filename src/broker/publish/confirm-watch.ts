export interface ConfirmWatchOptions {
  /** Nothing may be answered for this long while something waits for it. */
  readonly limitMs: number;
  /** True while a message waits for its confirm. */
  readonly isWaiting: () => boolean;
  /** True while the broker could answer: the connection stands, and takes publishes. */
  readonly couldAnswer: () => boolean;
  readonly onStall: () => void;
}

/**
 * Notices a connection that stands and confirms nothing. A channel of RabbitMQ 3.10 that is published to while a quorum queue
 * recovers can hang for ever, and its connection answers heartbeats all the while: whoever waits for a confirm would wait
 * as long.
 */
export class ConfirmWatch {
  private readonly options: ConfirmWatchOptions;
  private isHeard = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: ConfirmWatchOptions) {
    this.options = options;
  }

  /** A message is on its way. */
  sent(): void {
    if (this.timer === undefined) this.arm();
  }

  /** Something was answered, or begins anew. */
  heard(): void {
    this.isHeard = true;
  }

  private arm(): void {
    this.isHeard = false;
    this.timer = setTimeout(() => this.look(), this.options.limitMs);
    this.timer.unref();
  }

  private look(): void {
    const { isWaiting, couldAnswer, onStall } = this.options;
    this.timer = undefined;
    if (!isWaiting()) return;
    if (!this.isHeard && couldAnswer()) onStall();
    this.arm();
  }
}
