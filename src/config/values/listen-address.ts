export const LISTEN_EXPECTED = 'HOST:PORT, such as 127.0.0.1:9464, [::1]:9464, or :9464 for every address';
/** The host may be absent, an IPv6 address in brackets, or without a colon. */
export const LISTEN_PATTERN = /^(?:\[[\da-fA-F:.]+\]|[\w.-]*):\d{1,5}$/;

const LARGEST_PORT = 65_535;

/** Where to listen. */
export interface ListenAddress {
  /** Undefined: every address, of IPv6 and IPv4 if the machine has both. */
  readonly host: string | undefined;
  /** 0: any free one. */
  readonly port: number;
}

/** True if only this machine can reach the address. */
export function isLoopbackAddress({ host }: ListenAddress): boolean {
  return host !== undefined && /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i.test(host);
}

/** Reads a host and a port; undefined if the text is no such address. Port 0 is any free one. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  if (!LISTEN_PATTERN.test(text)) return undefined;
  const at = text.lastIndexOf(':');
  const host = text.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  const port = Number(text.slice(at + 1));
  return port > LARGEST_PORT ? undefined : { host: host === '' ? undefined : host, port };
}
