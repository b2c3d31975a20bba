/** npm and the terminal both forward a Ctrl-C; a second one within this time is the same key press. */
const SAME_KEYPRESS_MS = 500;
const PARENT_CHECK_MS = 500;

/** Collects everything that can stop the example: Ctrl-C, SIGTERM, the end of `--for`, the end of npm. */
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

  /** Aborts at the second request. */
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

  /** A SIGTERM to npm ends its shell without telling us, so the broker and the daemon would keep running. */
  #watchParent(): void {
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && this.now(), PARENT_CHECK_MS).unref();
  }
}
