import {
  decodePropertyList,
  decodeRoute,
  type OutgoingMessage,
  type ReceivedMessage,
  type Route,
  type WireProperties,
} from '../../amqp/index.js';
import { unexpectedConfirm } from '../../amqp/wire/index.js';

/** Called once, with the error if the broker did not confirm. */
export type PublishDone = (error?: Error) => void;

/** A message to publish. */
export interface PublishEntry {
  readonly message: OutgoingMessage;
  readonly done: PublishDone;
  /** Its confirm means "received", not "routed". */
  returned: boolean;
}

/** The unconfirmed messages of a channel, by publish tag. */
export class Unconfirmed {
  private readonly entries = new Map<number, PublishEntry>();
  private nextTag = 1;

  get size(): number {
    return this.entries.size;
  }

  sent(entry: PublishEntry): void {
    this.entries.set(this.nextTag++, entry);
  }

  /** @throws RangeError when nothing awaits the tag */
  confirmed({ tag, multiple }: { readonly tag: number; readonly multiple: boolean }): readonly PublishEntry[] {
    const entry = this.entries.get(tag);
    if (entry === undefined) throw unexpectedConfirm(tag);
    if (!multiple) {
      this.entries.delete(tag);
      return [entry];
    }
    const taken: PublishEntry[] = [];
    // In order of their tags.
    for (const [each, waiting] of this.entries) {
      if (each > tag) break;
      this.entries.delete(each);
      taken.push(waiting);
    }
    return taken;
  }

  takeAll(): readonly PublishEntry[] {
    const taken = [...this.entries.values()];
    this.entries.clear();
    return taken;
  }

  /**
   * basic.return names no publish, but precedes its confirm: it means the oldest unconfirmed one with this route and
   * content. Headers only break ties, because the broker may encode them differently.
   */
  noteReturned(message: ReceivedMessage): void {
    const { properties, headers } = decodePropertyList(message.properties);
    const returned = { route: decodeRoute(message.route), properties, body: message.body };
    const alike = [...this.entries.values()].filter((candidate) => mayBe(candidate, returned));
    const meant = alike.find((candidate) => Buffer.compare(candidate.message.list.headers, headers) === 0) ?? alike[0];
    if (meant !== undefined) meant.returned = true;
  }
}

interface Returned {
  readonly route: Route;
  readonly properties: WireProperties;
  readonly body: Buffer;
}

function mayBe(candidate: PublishEntry, { route, properties, body }: Returned): boolean {
  const { message } = candidate;
  return (
    message.mandatory &&
    !candidate.returned &&
    message.route.exchange === route.exchange &&
    message.route.routingKey === route.routingKey &&
    message.list.properties['messageId'] === properties['messageId'] &&
    message.list.properties['correlationId'] === properties['correlationId'] &&
    body.equals(message.body)
  );
}
