/**
 * The promise of one publish, which knows whether somebody looks at it. A consumer that does not await a publish has
 * not handled its failure: the delivery is failed then instead of acked. One that awaited it has.
 */
export class Confirmation extends Promise<void> {
  /** True once the consumer awaited or caught it. */
  observed = false;
  failure: Error | undefined;
  private pending: Promise<void> | undefined;

  /** `then` and `catch` give plain promises: only the publish itself is watched. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  static of(sent: Promise<void>): Confirmation {
    const confirmation = new Confirmation((resolve, reject) => {
      sent.then(resolve, reject);
    });
    confirmation.pending = sent.catch((error: unknown) => {
      confirmation.failure = error instanceof Error ? error : new Error(String(error));
    });
    // Handled here, not observed: a failure that nobody awaits must not end the thread.
    confirmation.handle();
    return confirmation;
  }

  /** Resolves when the broker has answered, either way. */
  async settled(): Promise<void> {
    await this.pending;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- overriding `then` is how an observer is noticed
  override then<Done = void, Failed = never>(
    onDone?: ((value: void) => Done | PromiseLike<Done>) | null,
    onFailed?: ((reason: unknown) => Failed | PromiseLike<Failed>) | null,
  ): Promise<Done | Failed> {
    this.observed = true;
    return super.then(onDone, onFailed);
  }

  private handle(): void {
    super.then(undefined, () => undefined);
  }
}
