import { decodeFieldTable } from '../../amqp/index.js';

/** The broker's properties in connection.start. */
export interface BrokerServer {
  /** `RabbitMQ`, or another product. */
  readonly product: string;
  readonly version: string;
}

/** `4.0`, `3.13` */
export type ReleaseLine = `${number}.${number}`;

const UNKNOWN: BrokerServer = { product: '', version: '' };

/** Reads product and version; both are empty if absent. */
export function serverOf(properties: Uint8Array): BrokerServer {
  try {
    const { product, version } = decodeFieldTable(properties);
    return { product: textOf(product), version: textOf(version) };
  } catch {
    return UNKNOWN;
  }
}

/** True for this release line of RabbitMQ or a later one; false if unknown. */
export function isRabbitMqSince(server: BrokerServer | undefined, line: ReleaseLine): boolean {
  if (server === undefined || server.product !== 'RabbitMQ') return false;
  const [major, minor] = numbersOf(server.version);
  const [sinceMajor, sinceMinor] = numbersOf(line);
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor);
}

function numbersOf(version: string): [major: number, minor: number] {
  const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  return [Number(major), Number(minor)];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
