import type { Ticket } from './claim-table.js';
import type { ReceivedMessage } from './received-message.js';

/**
 * A batch of deliveries as one transferable buffer: for each delivery a fixed head, then exchange, routing key,
 * properties (JSON), headers (AMQP) and body, one behind the other. Packing bodies together costs 0.3 µs a message
 * where a buffer for each costs 6 (docs/architecture.md), and copying is needed anyway: a body is a view into the
 * socket's chunk, and posting a view would clone the whole chunk.
 */

/** A delivery on its way to a slot. */
export interface OutgoingDelivery {
  readonly slot: number;
  readonly ticket: Ticket;
  readonly message: ReceivedMessage;
}

/** A delivery as the worker finds it: numbers read, everything else still bytes in `buffer`. */
export interface IncomingDelivery {
  readonly slot: number;
  readonly ticket: Ticket;
  readonly deliveryTag: number;
  readonly redelivered: boolean;
  readonly exchange: Buffer;
  readonly routingKey: Buffer;
  readonly properties: Buffer;
  readonly headers: Buffer;
  readonly body: Buffer;
}

const HEAD = {
  slot: 0,
  cell: 4,
  generation: 8,
  deliveryTag: 12,
  propertiesLength: 20,
  headersLength: 24,
  bodyLength: 28,
  exchangeLength: 32,
  routingKeyLength: 34,
  redelivered: 36,
  size: 40,
} as const;

/** Packs deliveries; the buffer belongs to nobody else and can be transferred. */
export function packDeliveries(deliveries: readonly OutgoingDelivery[]): ArrayBuffer {
  const properties: string[] = [];
  let size = 0;
  for (const { message } of deliveries) {
    const text = message.properties === undefined ? '' : JSON.stringify(message.properties);
    properties.push(text);
    size +=
      HEAD.size +
      Buffer.byteLength(message.exchange) +
      Buffer.byteLength(message.routingKey) +
      Buffer.byteLength(text) +
      (message.headers?.length ?? 0) +
      message.body.length;
  }
  const memory = new ArrayBuffer(size);
  const buffer = Buffer.from(memory);
  let offset = 0;
  deliveries.forEach((delivery, index) => {
    offset = packOne(buffer, offset, delivery, properties[index] ?? '');
  });
  return memory;
}

function packOne(buffer: Buffer, head: number, delivery: OutgoingDelivery, properties: string): number {
  const { message, ticket } = delivery;
  let offset = head + HEAD.size;
  const exchangeLength = buffer.write(message.exchange, offset);
  offset += exchangeLength;
  const routingKeyLength = buffer.write(message.routingKey, offset);
  offset += routingKeyLength;
  const propertiesLength = properties === '' ? 0 : buffer.write(properties, offset);
  offset += propertiesLength;
  if (message.headers !== undefined) buffer.set(message.headers, offset);
  const headersLength = message.headers?.length ?? 0;
  offset += headersLength;
  buffer.set(message.body, offset);
  offset += message.body.length;

  buffer.writeUInt32LE(delivery.slot, head + HEAD.slot);
  buffer.writeUInt32LE(ticket.cell, head + HEAD.cell);
  buffer.writeUInt32LE(ticket.generation, head + HEAD.generation);
  buffer.writeDoubleLE(message.deliveryTag, head + HEAD.deliveryTag);
  buffer.writeUInt32LE(propertiesLength, head + HEAD.propertiesLength);
  buffer.writeUInt32LE(headersLength, head + HEAD.headersLength);
  buffer.writeUInt32LE(message.body.length, head + HEAD.bodyLength);
  // Two bytes: a shortstr that is not UTF-8 grows threefold when amqplib decodes it.
  buffer.writeUInt16LE(exchangeLength, head + HEAD.exchangeLength);
  buffer.writeUInt16LE(routingKeyLength, head + HEAD.routingKeyLength);
  buffer.writeUInt8(message.redelivered ? 1 : 0, head + HEAD.redelivered);
  return offset;
}

/** Reads a packed batch, in the order in which it was packed. */
export function unpackDeliveries(memory: ArrayBuffer): IncomingDelivery[] {
  const buffer = Buffer.from(memory);
  const deliveries: IncomingDelivery[] = [];
  for (let head = 0; head < buffer.length; ) {
    const exchange = head + HEAD.size;
    const routingKey = exchange + buffer.readUInt16LE(head + HEAD.exchangeLength);
    const properties = routingKey + buffer.readUInt16LE(head + HEAD.routingKeyLength);
    const headers = properties + buffer.readUInt32LE(head + HEAD.propertiesLength);
    const body = headers + buffer.readUInt32LE(head + HEAD.headersLength);
    const end = body + buffer.readUInt32LE(head + HEAD.bodyLength);
    deliveries.push({
      slot: buffer.readUInt32LE(head + HEAD.slot),
      ticket: { cell: buffer.readUInt32LE(head + HEAD.cell), generation: buffer.readUInt32LE(head + HEAD.generation) },
      deliveryTag: buffer.readDoubleLE(head + HEAD.deliveryTag),
      redelivered: buffer.readUInt8(head + HEAD.redelivered) === 1,
      exchange: buffer.subarray(exchange, routingKey),
      routingKey: buffer.subarray(routingKey, properties),
      properties: buffer.subarray(properties, headers),
      headers: buffer.subarray(headers, body),
      body: buffer.subarray(body, end),
    });
    head = end;
  }
  return deliveries;
}
