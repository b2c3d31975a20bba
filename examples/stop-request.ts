/** npm and the terminal each pass a Ctrl-C on: what comes this soon after the first is the same one. */
const SAME_KEYPRESS_MS = 500;
const PARENT_CHECK_MS = 500;

/** Everything that can ask the example to stop: Ctrl-C, SIGTERM, the end of `--for`, the end of npm. */
export class StopRequest {
  /** Aborts at the first request. */
  readonly signal: AbortSignal;
  readonly #stopping = new AbortController();
  readonly #impatience = new AbortController();
  #askedAt: number | undefined;

  constructor() {
    this.signal = this.#stopping.signal;
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => this.#asked());
    if (process.env['npm_lifecycle_event'] !== undefined) this.#watchParent();
  }

  /** Aborts when somebody asks again. */
  get impatience(): AbortSignal {
    return this.#impatience.signal;
  }

  now(): void {
    this.#stopping.abort();
  }

  after(ms: number): void {
    setTimeout(() => this.now(), ms).unref();
  }

  #asked(): void {
    const at = performance.now();
    if (this.#askedAt === undefined) this.#askedAt = at;
    else if (at - this.#askedAt > SAME_KEYPRESS_MS) this.#impatience.abort();
    this.now();
  }

  /** A SIGTERM to npm ends its shell, which tells us nothing: without this the broker and the daemon would stay. */
  #watchParent(): void {
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && this.now(), PARENT_CHECK_MS).unref();
  }
}
