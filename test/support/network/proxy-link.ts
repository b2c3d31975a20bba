import type { Socket } from 'node:net';
import { type LineConditions, ProxyDirection } from './proxy-direction.js';
import { reset } from './reset.js';

/**
 * One client's connection through a proxy: its socket, the one to the target, and both directions.
 *
 *     whole ── abandon ──▶ half ── cut, the client closes ──▶ closed
 *     whole ── cut, either side closes ──▶ closed
 */
export class ProxyLink {
  readonly #client: Socket;
  readonly #target: Socket;
  readonly #onClose: () => void;
  #isHalf = false;
  #isSilent = false;
  /** Closes during a silence, reported after it, because a lost route hides them, too. */
  #unreportedCloses: (() => void)[] = [];

  constructor(
    client: Socket,
    target: Socket,
    options: { readonly line: LineConditions; readonly onClose: () => void },
  ) {
    this.#client = client;
    this.#target = target;
    this.#onClose = options.onClose;
    this.#forward(client, target, new ProxyDirection(target, options.line, { fromClient: true }));
    this.#forward(target, client, new ProxyDirection(client, options.line, { fromClient: false }));
  }

  /** Reads nothing from either side, and hides the close of each from the other. */
  silence(): void {
    this.#isSilent = true;
    this.#client.pause();
    this.#target.pause();
  }

  resume(): void {
    this.#isSilent = false;
    this.#client.resume();
    this.#target.resume();
    for (const tell of this.#unreportedCloses.splice(0)) tell();
  }

  /** Closes the target's side without telling the client, and discards what that sends. */
  abandon(): void {
    this.#isHalf = true;
    this.#target.destroy();
  }

  cut(): void {
    this.#isHalf = false;
    this.#isSilent = false;
    reset(this.#client);
    reset(this.#target);
  }

  #forward(from: Socket, to: Socket, direction: ProxyDirection): void {
    const { line } = direction;
    from.setNoDelay(true);
    from.on('data', (chunk: Buffer) => {
      line.bytesSeen += chunk.length;
      direction.send(chunk);
    });
    from.on('end', () => this.#isHalf || direction.afterAll(() => to.end()));
    from.on('error', () => {}); // followed by close
    from.on('close', () => {
      if (this.#isHalf && from === this.#target) return;
      const tell = (): void => {
        direction.afterAll(() => to.destroy());
        this.#onClose();
      };
      if (this.#isSilent) this.#unreportedCloses.push(tell);
      else tell();
    });
  }
}
