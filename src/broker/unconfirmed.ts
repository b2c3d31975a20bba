import type { Message } from 'amqplib';
import { decodePropertyList, type OutgoingMessage, type PropertyList, type WireProperties } from '../amqp/index.js';
import { RawProperties } from './content-frames.js';

/** Called once, when the broker has confirmed the message, or with what went wrong. */
export type PublishDone = (error?: Error) => void;

/** A message that the broker has not confirmed yet. */
export interface Unconfirmed {
  readonly message: OutgoingMessage;
  readonly done: PublishDone;
  /** The broker returned it: the confirm that follows means "received", not "routed". */
  returned: boolean;
}

/** A property list that announces nothing. */
const NO_PROPERTIES = Buffer.alloc(2);

/**
 * `basic.return` names no publish, but comes before its confirm. The oldest unconfirmed message of that route and content
 * is meant: two that are alike in all of it are interchangeable. Headers route as well, but the broker may write them in
 * its own way: they decide only among those that are alike in the rest.
 */
export function noteReturned(unconfirmed: ReadonlySet<Unconfirmed>, message: Message): void {
  const { properties, headers } = listOf(message);
  const alike = [...unconfirmed].filter((candidate) => mayBe(candidate, message, properties));
  const meant = alike.find((candidate) => Buffer.compare(candidate.message.list.headers, headers) === 0) ?? alike[0];
  if (meant !== undefined) meant.returned = true;
}

function mayBe(candidate: Unconfirmed, { fields, content }: Message, properties: WireProperties): boolean {
  const { message } = candidate;
  return (
    message.mandatory &&
    !candidate.returned &&
    message.route.exchange === fields.exchange &&
    message.route.routingKey === fields.routingKey &&
    message.list.properties['messageId'] === properties['messageId'] &&
    message.list.properties['correlationId'] === properties['correlationId'] &&
    content.equals(message.body)
  );
}

function listOf({ properties }: { readonly properties: object }): PropertyList {
  return decodePropertyList(properties instanceof RawProperties ? properties.bytes : NO_PROPERTIES);
}
