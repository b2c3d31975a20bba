import type { Socket } from 'node:net';

/**
 * Closes a connection by a TCP reset. A socket that is just shutting down is destroyed instead: Node.js fails to reset it
 * (`reset EINVAL`), leaks its handle, and spins on it for ever (seen on 20.20).
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
