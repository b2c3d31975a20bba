import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * Below the kernel's range for outgoing connections (from 32768), which could take a port between the check and
 * its use; and rabbitmqctl adds up to 20,010 to a node's port, which must stay below 65,536.
 */
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** Different unused ports of 127.0.0.1. */
export async function freePorts(count: number): Promise<number[]> {
  const held = new Map<number, Server>();
  for (let attempt = 0; held.size < count; attempt += 1) {
    if (attempt > 200) throw new Error(`found no ${count} free ports between ${LOWEST} and ${HIGHEST}`);
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (held.has(port)) continue;
    const server = await listen(port);
    if (server !== undefined) held.set(port, server);
  }
  for (const server of held.values()) {
    server.close();
    await once(server, 'close');
  }
  return [...held.keys()];
}

async function listen(port: number): Promise<Server | undefined> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  } catch {
    return undefined; // taken: the caller tries the next one
  }
}
