import type { BackOffLimits } from '../../timing/index.js';

/** `connection` in the configuration file. */
export interface ConnectionSettings {
  /** For TCP, TLS and login together. */
  readonly connectTimeoutMs: number;
  /** Between attempts to connect or subscribe. */
  readonly retry: BackOffLimits;
  /** A subscription without deliveries for this long, although its queue has messages, is replaced. */
  readonly stallTimeoutMs: number;
  /** PEM files, read at each attempt, because certificates are renewed while a daemon runs. */
  readonly tls: TlsFiles;
}

export interface TlsFiles {
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  /** Must match the certificate; default: the host. */
  readonly serverName?: string;
}
