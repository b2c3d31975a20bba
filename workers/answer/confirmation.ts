interface Settle {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const NOBODY: Settle = { resolve: () => undefined, reject: () => undefined };

/** The promise of one publish: an unobserved failure fails the delivery instead of acking it. */
export class Confirmation extends Promise<void> {
  observed = false;
  failure: Error | undefined;
  confirmed = false;
  /** Told of the end first. */
  onEnd: ((error?: Error) => void) | undefined;
  private readonly settle: Settle;

  constructor() {
    let settle: Settle | undefined;
    super((resolve, reject) => {
      settle = { resolve, reject };
    });
    // The executor has run by now.
    this.settle = settle ?? NOBODY;
  }

  /** Derived promises are plain: only the publish itself is observed. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  confirm(): void {
    this.confirmed = true;
    this.onEnd?.();
    this.settle.resolve();
  }

  refuse(error: Error): void {
    this.failure = error;
    this.onEnd?.(error);
    // A failure that nobody awaits must not end the thread.
    super.then(undefined, () => undefined);
    this.settle.reject(error);
  }

  /** Resolves on success and failure. */
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
