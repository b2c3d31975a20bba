import { announces } from '../properties/property-fields.js';
import { decodePropertyList, type PropertyList } from '../properties/property-list.js';
import { decodeRoute, type Route } from './route.js';

/** Where the parts of a message stand in memory, one behind the other. */
export interface MessageParts {
  readonly memory: Buffer;
  readonly routeAt: number;
  readonly propertiesAt: number;
  readonly bodyAt: number;
  readonly end: number;
  readonly mandatory: boolean;
}

/**
 * A message on its way to the broker, in AMQP encoding: route, property list and body. What must be known of it here is
 * read from the bytes when somebody asks: mostly nobody does.
 */
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

  /** True when it goes straight to a queue: the default exchange's name is empty. */
  get isForQueue(): boolean {
    return this.memory[this.routeAt] === 0;
  }

  /** True when it says which user published it. */
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
