import { deferred } from '../../timing/index.js';

/** Messages that were asked for together, as they come in. */
export class MessageBatch<Message> {
  readonly messages: Message[] = [];
  private readonly size: number;
  private readonly done = deferred();
  private readonly silence: NodeJS.Timeout;

  /** @param silenceMs after so long without a message no more are expected */
  constructor(size: number, silenceMs: number) {
    this.size = size;
    this.silence = setTimeout(() => this.done.resolve(), silenceMs);
    // It may fail before anybody waits for it.
    this.done.promise.catch(() => undefined);
  }

  add(message: Message): void {
    this.messages.push(message);
    if (this.messages.length >= this.size) this.end();
    else this.silence.refresh();
  }

  /** There will be no more, for a reason. */
  fail(error: Error): void {
    clearTimeout(this.silence);
    this.done.reject(error);
  }

  /** There will be no more. */
  end(): void {
    clearTimeout(this.silence);
    this.done.resolve();
  }

  /** Resolves when all are here, or no more are expected. @throws what it failed with */
  async filled(): Promise<void> {
    await this.done.promise;
  }
}
