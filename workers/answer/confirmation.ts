interface Settle {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const NOBODY: Settle = { resolve: () => undefined, reject: () => undefined };

/**
 * The promise of one publish, which knows whether somebody looks at it. A consumer that does not await a publish has
 * not handled its failure: the delivery is failed then instead of acked. One that awaited it has.
 */
export class Confirmation extends Promise<void> {
  /** True once the consumer awaited or caught it. */
  observed = false;
  failure: Error | undefined;
  /** True once the broker has the message. */
  confirmed = false;
  private readonly settle: Settle;

  constructor() {
    let settle: Settle | undefined;
    super((resolve, reject) => {
      settle = { resolve, reject };
    });
    // A promise calls what it is made with at once.
    this.settle = settle ?? NOBODY;
  }

  /** `then` and `catch` give plain promises: only the publish itself is watched. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** The broker has confirmed. */
  confirm(): void {
    this.confirmed = true;
    this.settle.resolve();
  }

  /** The publish failed. */
  refuse(error: Error): void {
    this.failure = error;
    // Handled here, not observed: a failure that nobody awaits must not end the thread.
    super.then(undefined, () => undefined);
    this.settle.reject(error);
  }

  /** Resolves when the broker has answered, either way. */
  async settled(): Promise<void> {
    await super.then(undefined, () => undefined);
  }

  // oxlint-disable-next-line unicorn/no-thenable -- overriding `then` is how an observer is noticed
  override then<Done = void, Failed = never>(
    onDone?: ((value: void) => Done | PromiseLike<Done>) | null,
    onFailed?: ((reason: unknown) => Failed | PromiseLike<Failed>) | null,
  ): Promise<Done | Failed> {
    this.observed = true;
    return super.then(onDone, onFailed);
  }
}
