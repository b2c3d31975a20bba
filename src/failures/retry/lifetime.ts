import { findPropertyBytes, type Publish, type ReceivedMessage } from '../../amqp/index.js';
import { RECORD_HEADERS } from '../../bridge/index.js';

/** Records the message's expiration in a header, because the property would expire the copy. */
export function lifetimeOf({ properties }: ReceivedMessage): { readonly [header: string]: string } {
  const expiration = findPropertyBytes(properties, 'expiration');
  return expiration === undefined ? {} : { [RECORD_HEADERS.expiration]: expiration.toString() };
}

/** Returns a copy that does not expire. */
export function withoutLifetime(copy: Publish): Publish {
  const { expiration: _, ...properties } = copy.properties;
  return { ...copy, properties };
}
