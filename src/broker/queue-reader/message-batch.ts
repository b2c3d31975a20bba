import { deferred } from '../../timing/index.js';

/** Collects the messages of one request. */
export class MessageBatch<Message> {
  readonly messages: Message[] = [];
  private readonly size: number;
  private readonly done = deferred();
  private readonly silence: NodeJS.Timeout;

  /** @param silenceMs ends the batch */
  constructor(size: number, silenceMs: number) {
    this.size = size;
    this.silence = setTimeout(() => this.done.resolve(), silenceMs);
    this.done.promise.catch(() => undefined);
  }

  add(message: Message): void {
    this.messages.push(message);
    if (this.messages.length >= this.size) this.end();
    else this.silence.refresh();
  }

  fail(error: Error): void {
    clearTimeout(this.silence);
    this.done.reject(error);
  }

  end(): void {
    clearTimeout(this.silence);
    this.done.resolve();
  }

  /** @throws the error passed to `fail` */
  async filled(): Promise<void> {
    await this.done.promise;
  }
}
