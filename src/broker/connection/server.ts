import { decodeFieldTable } from '../../amqp/index.js';

/** What a broker says of itself in the properties of `connection.start`. */
export interface BrokerServer {
  /** `RabbitMQ`; other products speak AMQP 0-9-1 as well. */
  readonly product: string;
  /** `4.3.6` */
  readonly version: string;
}

/** A release line of RabbitMQ: `4.0`, `3.13`. */
export type ReleaseLine = `${number}.${number}`;

const UNKNOWN: BrokerServer = { product: '', version: '' };

/** Product and version out of the table that the server sends; both are empty where the broker does not say. */
export function serverOf(properties: Uint8Array): BrokerServer {
  try {
    const { product, version } = decodeFieldTable(properties);
    return { product: textOf(product), version: textOf(version) };
  } catch {
    // A table that cannot be read is no reason to refuse a broker that serves otherwise.
    return UNKNOWN;
  }
}

/**
 * True for RabbitMQ of this release line or a later one. False for older releases, other products, and a broker that does
 * not say what it is: behaviour that came with a release is never assumed without proof.
 */
export function isRabbitMqSince(server: BrokerServer | undefined, line: ReleaseLine): boolean {
  if (server === undefined || server.product !== 'RabbitMQ') return false;
  const [major, minor] = numbersOf(server.version);
  const [sinceMajor, sinceMinor] = numbersOf(line);
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor);
}

/** Major and minor of `4.3.6`, `4.1.0-rc.1` or `3.13.7+12.gabc`; 0 where there is none. */
function numbersOf(version: string): [major: number, minor: number] {
  const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  return [Number(major), Number(minor)];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
