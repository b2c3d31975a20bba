import type { BackOffLimits } from '../../timing/index.js';

/** How the broker is reached: `connection` of the configuration file. */
export interface ConnectionSettings {
  /** A host that accepts TCP and never answers is given up after this. */
  readonly connectTimeoutMs: number;
  /** Waits between attempts, for the connection and for a lost subscription. */
  readonly retry: BackOffLimits;
  /** Milliseconds without a delivery, though the queue has messages, after which the daemon subscribes again. */
  readonly stallTimeoutMs: number;
  /** PEM files, read at each attempt: certificates are renewed while a daemon runs. */
  readonly tls: TlsFiles;
}

export interface TlsFiles {
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  /** Name that the certificate must be for, in place of the host. */
  readonly serverName?: string;
}
