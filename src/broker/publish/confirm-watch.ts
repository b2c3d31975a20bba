export interface ConfirmWatchOptions {
  readonly limitMs: number;
  readonly isWaiting: () => boolean;
  /** True while the connection is open and not blocked. */
  readonly couldAnswer: () => boolean;
  readonly onStall: () => void;
}

/**
 * Notices a connection that confirms nothing. A channel of RabbitMQ 3.10 that publishes while a quorum queue recovers
 * can hang for ever, although its connection answers heartbeats.
 */
export class ConfirmWatch {
  private readonly options: ConfirmWatchOptions;
  private isHeard = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: ConfirmWatchOptions) {
    this.options = options;
  }

  sent(): void {
    if (this.timer === undefined) this.arm();
  }

  /** Also for a new connection. */
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
