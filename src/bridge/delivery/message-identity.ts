import { decodePropertyList, decodeRoute, type WireProperties } from '../../amqp/index.js';

/** Absent fields are missing or unreadable. */
export interface MessageIdentity {
  readonly messageId?: string;
  readonly correlationId?: string;
  readonly routingKey?: string;
}

/** Identifies a message in log lines. Never throws: anybody may have published it. */
export function identityOf(message: { readonly route: Uint8Array; readonly properties: Uint8Array }): MessageIdentity {
  const { messageId, correlationId } = propertiesOf(message.properties);
  const routingKey = routingKeyOf(message.route);
  return {
    ...(isText(messageId) && { messageId }),
    ...(isText(correlationId) && { correlationId }),
    ...(isText(routingKey) && { routingKey }),
  };
}

function propertiesOf(list: Uint8Array): WireProperties {
  try {
    return decodePropertyList(list).properties;
  } catch {
    return {};
  }
}

function routingKeyOf(route: Uint8Array): string | undefined {
  try {
    return decodeRoute(route).routingKey;
  } catch {
    return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
