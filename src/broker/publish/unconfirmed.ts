import {
  decodePropertyList,
  decodeRoute,
  type OutgoingMessage,
  type ReceivedMessage,
  type Route,
  type WireProperties,
} from '../../amqp/index.js';
import { unexpectedConfirm } from '../../amqp/wire/index.js';

/** Called once, when the broker has confirmed the message, or with what went wrong. */
export type PublishDone = (error?: Error) => void;

/** A message that is to be published. */
export interface PublishEntry {
  readonly message: OutgoingMessage;
  readonly done: PublishDone;
  /** The broker returned it: the confirm that follows means "received", not "routed". */
  returned: boolean;
}

/** The messages of one channel that the broker has not confirmed yet, by the tag that it counts them by. */
export class Unconfirmed {
  private readonly entries = new Map<number, PublishEntry>();
  private nextTag = 1;

  get size(): number {
    return this.entries.size;
  }

  /** The next message is on its way. */
  sent(entry: PublishEntry): void {
    this.entries.set(this.nextTag++, entry);
  }

  /** Takes out what was confirmed. @throws RangeError when nothing waits for it */
  confirmed({ tag, multiple }: { readonly tag: number; readonly multiple: boolean }): readonly PublishEntry[] {
    const entry = this.entries.get(tag);
    if (entry === undefined) throw unexpectedConfirm(tag);
    if (!multiple) {
      this.entries.delete(tag);
      return [entry];
    }
    const taken: PublishEntry[] = [];
    // They stand in the order of their tags.
    for (const [each, waiting] of this.entries) {
      if (each > tag) break;
      this.entries.delete(each);
      taken.push(waiting);
    }
    return taken;
  }

  /** The channel has gone. */
  takeAll(): readonly PublishEntry[] {
    const taken = [...this.entries.values()];
    this.entries.clear();
    return taken;
  }

  /**
   * `basic.return` names no publish, but comes before its confirm. The oldest unconfirmed message of that route and content
   * is meant: two that are alike in all of it are interchangeable. Headers route as well, but the broker may write them in
   * its own way: they decide only among those that are alike in the rest.
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
