import type { Socket } from 'node:net';
import { type AmqpFrame, FrameSplitter } from '../amqp/frame-splitter.js';

/** The present state of a proxy's line, shared by all directions. */
export interface LineConditions {
  delayMs: number;
  /** Above 0: forwards single bytes, so many per second. */
  bytesPerSecond: number;
  /** True drops a frame from the client to the server. */
  dropFrame: ((frame: AmqpFrame) => boolean) | undefined;
  /** Bytes received so far from both sides, forwarded or not. */
  bytesSeen: number;
}

type Item = Buffer | (() => unknown);

const DRIP_MS = 2;

/** One direction of one connection through a proxy: filter, then delay, then drip, then the other socket. */
export class ProxyDirection {
  readonly #to: Socket;
  readonly line: LineConditions;
  readonly #splitter: FrameSplitter | undefined;
  readonly #delayed: Item[] = [];
  readonly #dripping: Item[] = [];
  #drip: NodeJS.Timeout | undefined;

  constructor(to: Socket, line: LineConditions, { fromClient }: { readonly fromClient: boolean }) {
    this.#to = to;
    this.line = line;
    this.#splitter = fromClient ? new FrameSplitter() : undefined;
  }

  /** Forwards a chunk. */
  send(chunk: Buffer): void {
    if (this.#splitter === undefined) return this.#delay(chunk);
    const pieces = this.#splitter.split(chunk);
    const kept = pieces.filter(({ frame }) => frame === undefined || this.line.dropFrame?.(frame) !== true);
    if (kept.length > 0) this.#delay(Buffer.concat(kept.map(({ bytes }) => bytes)));
  }

  /** Calls `act` after all earlier chunks have left. */
  afterAll(act: () => unknown): void {
    this.#delay(act);
  }

  /** Each timer forwards the oldest waiting item, so a changed delay cannot change the order. */
  #delay(item: Item): void {
    if (this.line.delayMs === 0 && this.#delayed.length === 0) return this.#drop(item);
    this.#delayed.push(item);
    setTimeout(() => {
      const oldest = this.#delayed.shift();
      if (oldest !== undefined) this.#drop(oldest);
    }, this.line.delayMs);
  }

  #drop(item: Item): void {
    if (this.line.bytesPerSecond === 0 && this.#dripping.length === 0) return this.#deliver(item);
    this.#dripping.push(item);
    this.#drip ??= setInterval(() => this.#dripOn(), DRIP_MS);
  }

  #dripOn(): void {
    const { bytesPerSecond } = this.line;
    if (bytesPerSecond === 0) for (const item of this.#dripping.splice(0)) this.#deliver(item);
    for (let left = Math.ceil((bytesPerSecond * DRIP_MS) / 1000); left > 0; left -= 1) this.#deliverByte();
    if (this.#dripping.length > 0) return;
    clearInterval(this.#drip);
    this.#drip = undefined;
  }

  #deliverByte(): void {
    const item = this.#dripping.shift();
    if (item === undefined) return;
    if (typeof item === 'function') return this.#deliver(item);
    this.#deliver(item.subarray(0, 1));
    if (item.length > 1) this.#dripping.unshift(item.subarray(1));
  }

  #deliver(item: Item): void {
    if (typeof item === 'function') item();
    else if (this.#to.writable) this.#to.write(item);
  }
}
