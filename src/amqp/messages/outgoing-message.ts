import { announces } from '../properties/property-fields.js';
import { decodePropertyList, type PropertyList } from '../properties/property-list.js';
import { decodeRoute, type Route } from './route.js';

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
}
