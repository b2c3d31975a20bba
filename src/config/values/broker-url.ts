import { isIPv6 } from 'node:net';
import type { BrokerAddress, TlsFiles } from '../../broker/index.js';
import { ConfigurationError } from '../../errors/index.js';
import { readHeartbeat } from './heartbeat.js';

/** RABBITMQ_URL, parsed. */
export interface BrokerUrl extends BrokerAddress {
  /** Parameters that have no effect; never contains the password. */
  readonly warnings: readonly string[];
}

const FORM = 'amqp://USER:PASSWORD@HOST1:5672,HOST2:5672/VHOST';

export const DEFAULT_BROKER_URL = 'amqp://guest:guest@localhost:5672/';

/**
 * Parses RABBITMQ_URL. Error messages never quote it: in a malformed URL any part may be the password.
 *
 * @throws ConfigurationError BROKER_URL_INVALID
 */
export function parseBrokerUrl(url: string = DEFAULT_BROKER_URL, rabbitmqHeartbeat?: string): BrokerUrl {
  const { protocol, authority, path, query } = split(url);
  const at = authority.lastIndexOf('@');
  const parameters = new URLSearchParams(query);
  const heartbeat =
    rabbitmqHeartbeat === undefined
      ? readHeartbeat(parameters.get('heartbeat'), 'heartbeat in RABBITMQ_URL')
      : readHeartbeat(rabbitmqHeartbeat, 'RABBITMQ_HEARTBEAT');
  return {
    protocol,
    hosts: authority
      .slice(at + 1)
      .split(',')
      .map((host, index) => parseHost(host, `host ${index + 1}`, protocol)),
    ...parseUser(at === -1 ? '' : authority.slice(0, at)),
    vhost: path === '' || path === '/' ? '/' : decode(path.slice(1), 'virtual host'),
    heartbeatSeconds: heartbeat.seconds,
    warnings: [...unknownParameters(parameters), ...(heartbeat.warning === undefined ? [] : [heartbeat.warning])],
  };
}

const FRAME_SIZE = /^frame_?max$/i;
const LEAST_FRAME_BYTES = 8_192;

/** Warns that `connection.tls` has no effect when the URL does not encrypt. */
export function unusedTls({ protocol }: BrokerAddress, tls: TlsFiles): string | undefined {
  if (protocol === 'amqps' || Object.keys(tls).length === 0) return undefined;
  return 'connection.tls has no effect: RABBITMQ_URL begins with amqp:// and nothing is encrypted (expected amqps://)';
}

/** Formats the address for logs, without the password. */
export function describeAddress({ protocol, hosts, username, vhost }: BrokerAddress): string {
  const places = hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`);
  const path = vhost === '/' ? '' : encodeURIComponent(vhost);
  return `${protocol}://${encodeURIComponent(username)}@${places.join(',')}/${path}`;
}

interface UrlParts {
  readonly protocol: 'amqp' | 'amqps';
  readonly authority: string;
  readonly path: string;
  readonly query: string;
}

function split(url: string): UrlParts {
  refuseWrapped(url);
  const match = /^(amqps?):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(#?)/i.exec(url);
  if (match === null) throw invalid(`does not begin with amqp:// or amqps:// (write ${FORM})`);
  const [, scheme = '', authority = '', path = '', query = '', hash] = match;
  // Otherwise a bare "/" in the password would turn its first half into a host and its second into a vhost that we log.
  if (url.includes('@', scheme.length + 3 + authority.length)) {
    throw invalid(
      'has an "@" after the hosts; in user, password and vhost write "@" as %40, "/" as %2F, "?" as %3F, "#" as %23',
    );
  }
  if (hash !== '') throw invalid('has a "#" in it; write it as %23');
  return { protocol: scheme.toLowerCase() === 'amqps' ? 'amqps' : 'amqp', authority, path, query };
}

/** Catches what people copy along with a URL: quotes, a line break, a second URL. */
function refuseWrapped(url: string): void {
  const trimmed = url.trim();
  if (/^["'`]/.test(trimmed)) {
    throw invalid('begins with a quote (write it without quotes: an --env-file or a unit file passes them on)');
  }
  if (/[\s,;]\s*amqps?:\/\//i.test(trimmed)) {
    throw invalid(`is a list of URLs (write one, with all the hosts in it: ${FORM})`);
  }
  if (trimmed !== url && !/[\s\p{Cc}]/u.test(trimmed)) {
    throw invalid('begins or ends with white space (write it without: `printf %s` adds no line break, `echo` does)');
  }
  if (/[\s\p{Cc}]/u.test(url)) throw invalid('has white space or a control character in it (%20 stands for a space)');
}

function parseUser(written: string): Pick<BrokerAddress, 'username' | 'password'> {
  if (written === '') return { username: 'guest', password: 'guest' };
  const colon = written.indexOf(':');
  const username = decode(colon === -1 ? written : written.slice(0, colon), 'user');
  if (username === '') throw invalid('has a password but no user');
  return { username, password: colon === -1 ? '' : decode(written.slice(colon + 1), 'password') };
}

function parseHost(
  written: string,
  which: string,
  protocol: BrokerAddress['protocol'],
): BrokerAddress['hosts'][number] {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/.exec(written);
  const [, bracketed, plain, port] = match ?? [];
  if (match === null || (bracketed === undefined && port?.includes(':'))) {
    throw invalid(`has a ${which} that is not NAME, NAME:PORT or [IPv6]:PORT`);
  }
  if (bracketed !== undefined && !isIPv6(bracketed)) throw invalid(`has no IPv6 address in the brackets of ${which}`);
  const host = bracketed ?? plain ?? '';
  if (host === '') throw invalid(`has an empty ${which}`);
  return { host, port: port === undefined ? defaultPort(protocol) : parsePort(port, which) };
}

function defaultPort(protocol: BrokerAddress['protocol']): number {
  return protocol === 'amqps' ? 5671 : 5672;
}

function parsePort(written: string, which: string): number {
  const port = /^\d{1,5}$/.test(written) ? Number(written) : 0;
  if (port < 1 || port > 65_535) throw invalid(`has a port that is not a number from 1 to 65535, at ${which}`);
  return port;
}

function decode(written: string, part: string): string {
  try {
    return decodeURIComponent(written);
  } catch {
    // The cause would quote the text, which may be the password.
    throw invalid(`has a "%" in the ${part} that begins no valid percent-encoding; write "%" as %25`);
  }
}

function unknownParameters(parameters: URLSearchParams): string[] {
  const unknown = new Set([...parameters.keys()].filter((key) => key !== 'heartbeat'));
  return [...unknown].map((key) => {
    const isSmall = FRAME_SIZE.test(key) && Number(parameters.get(key)) < LEAST_FRAME_BYTES;
    const more = isSmall ? ` (and RabbitMQ 4.1 and later require at least ${LEAST_FRAME_BYTES})` : '';
    return `${JSON.stringify(key)} in the query of RABBITMQ_URL is not known and has no effect${more}`;
  });
}

function invalid(what: string): ConfigurationError {
  return new ConfigurationError('BROKER_URL_INVALID', `RABBITMQ_URL ${what}`);
}
