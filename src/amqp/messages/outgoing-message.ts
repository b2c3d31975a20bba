import { announces } from '../properties/property-fields.js';
import { decodePropertyList, findHeaders, type PropertyList } from '../properties/property-list.js';
import { decodeRoute, type Route } from './route.js';

const LENGTH_BYTES = 4;

/** Offsets of a message's parts in memory. */
export interface MessageParts {
  readonly memory: Buffer;
  readonly routeAt: number;
  readonly propertiesAt: number;
  readonly bodyAt: number;
  readonly end: number;
  readonly mandatory: boolean;
}

/** An encoded message to publish; decodes its parts only on demand, which is rare. */
export class OutgoingMessage implements MessageParts {
  readonly memory: Buffer;
  readonly routeAt: number;
  readonly propertiesAt: number;
  readonly bodyAt: number;
  readonly end: number;
  readonly mandatory: boolean;
  private decodedRoute: Route | undefined;
  private decodedList: PropertyList | undefined;

  constructor({ memory, routeAt, propertiesAt, bodyAt, end, mandatory }: MessageParts) {
    this.memory = memory;
    this.routeAt = routeAt;
    this.propertiesAt = propertiesAt;
    this.bodyAt = bodyAt;
    this.end = end;
    this.mandatory = mandatory;
  }

  get isForQueue(): boolean {
    return this.memory[this.routeAt] === 0;
  }

  get hasUserId(): boolean {
    return announces(this.memory, this.propertiesAt, 'userId');
  }

  get route(): Route {
    this.decodedRoute ??= decodeRoute(this.memory.subarray(this.routeAt, this.propertiesAt));
    return this.decodedRoute;
  }

  get list(): PropertyList {
    this.decodedList ??= decodePropertyList(this.memory.subarray(this.propertiesAt, this.bodyAt));
    return this.decodedList;
  }

  get body(): Buffer {
    return this.memory.subarray(this.bodyAt, this.end);
  }

  /** The encoded table; undefined if the message has none. */
  get headers(): Buffer | undefined {
    return findHeaders(this.memory.subarray(this.propertiesAt, this.bodyAt));
  }

  /** A copy with another encoded table in the place of its own; itself if it has none. */
  withHeaders(table: Uint8Array): OutgoingMessage {
    const { headers, memory, routeAt, propertiesAt, bodyAt, end, mandatory } = this;
    if (headers === undefined) return this;
    const tableAt = headers.byteOffset - memory.byteOffset;
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(table.length);
    const before = memory.subarray(routeAt, tableAt - LENGTH_BYTES);
    const copy = Buffer.concat([before, length, table, memory.subarray(tableAt + headers.length, end)]);
    const growth = table.length - headers.length;
    return new OutgoingMessage({
      memory: copy,
      routeAt: 0,
      propertiesAt: propertiesAt - routeAt,
      bodyAt: bodyAt - routeAt + growth,
      end: copy.length,
      mandatory,
    });
  }
}
