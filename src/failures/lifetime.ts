import { findPropertyBytes, type Publish, type ReceivedMessage } from '../amqp/index.js';
import { RECORD_HEADERS } from '../protocol/index.js';

/** A header that keeps the lifetime that a message was published with, which must not act on its copy. */
export function lifetimeOf({ properties }: ReceivedMessage): { readonly [header: string]: string } {
  const expiration = findPropertyBytes(properties, 'expiration');
  return expiration === undefined ? {} : { [RECORD_HEADERS.expiration]: expiration.toString() };
}

/** A copy that stays where it is put. */
export function withoutLifetime(copy: Publish): Publish {
  const { expiration: _, ...properties } = copy.properties;
  return { ...copy, properties };
}
