import type { ConnectionSettings } from '../broker/index.js';
import type { ConnectionConfig } from '../config/index.js';

/** What the file says of the connection, as the broker's room has it. */
export function connectionSettings(connection: ConnectionConfig): ConnectionSettings {
  const { connectTimeoutMs, reconnectDelayMs, reconnectDelayMaxMs, stallTimeoutMs, tls } = connection;
  return {
    connectTimeoutMs,
    retry: { firstMs: reconnectDelayMs, longestMs: reconnectDelayMaxMs },
    stallTimeoutMs,
    tls,
  };
}
